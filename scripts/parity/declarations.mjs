// Where tests are written: `it('title', …)` in test files and in the conformance suites that they call.
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseFile, walk } from '../lib/syntax.mjs'
import { filesBelow } from '../lib/workspaces.mjs'

/** Every test declaration of the repository as `{ file, line, title, body }`; `title` is a pattern where it is computed. */
export function declarationsIn(root, folders) {
  return folders
    .flatMap(folder => [...filesBelow(join(folder, 'test')), ...filesBelow(join(folder, 'src/conformance'))])
    .filter(file => /\.[mc]?[tj]s$/.test(file) && !file.endsWith('.d.ts'))
    .flatMap(file => declarationsOf(file).map(each => ({ file: relative(root, file).split(sep).join('/'), ...each })))
}

/**
 * The declaration that made a test: the one with most words in common, in its own file if it is there, else in a suite
 * of its package, else in any. A title that comes whole from a table is looked up where its file says it.
 */
export function declarationOf(test, { root, declarations }) {
  const matching = declarations
    .filter(({ title }) => matches(title, test.title))
    .sort((a, b) => literalLength(b.title) - literalLength(a.title))
  const worded = matching.filter(({ title }) => literalLength(title) > 0)
  const folder = `${test.file.split('/').slice(0, 2).join('/')}/`
  return (
    worded.find(({ file }) => file === test.file) ??
    worded.find(({ file }) => file.startsWith(folder)) ??
    worded[0] ??
    mentionOf(test, { root, body: matching.find(({ file }) => file === test.file)?.body })
  )
}

function mentionOf({ file, title }, { root, body }) {
  const [tag] = /^\[[^\]]+\]/.exec(title) ?? [title]
  const line =
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .findIndex(text => text.includes(tag)) + 1
  return { file, line: line || undefined, body }
}

export function declarationsOf(file) {
  const tree = parseFile(file)
  const found = []
  walk(tree.program, node => {
    if (node.type !== 'CallExpression' || !isTestCall(node.callee)) return
    const title = titleOf(node.arguments[0])
    if (title === undefined) return
    const body = tree.text.slice(node.start, node.end)
    found.push({ line: node.loc.start.line, title, body })
  })
  return found
}

// it(…), test.only(…), it.each(table)(…), it.skip.each`table`(…)
function isTestCall(callee) {
  switch (callee.type) {
    case 'Identifier':
      return callee.name === 'it' || callee.name === 'test'
    case 'MemberExpression':
      return callee.property.name !== 'each' && isTestCall(callee.object)
    case 'CallExpression':
      return isEach(callee.callee)
    case 'TaggedTemplateExpression':
      return isEach(callee.tag)
    default:
      return false
  }
}

function isEach(callee) {
  return callee.type === 'MemberExpression' && callee.property.name === 'each' && isTestCall(callee.object)
}

function titleOf(argument) {
  if (argument?.type === 'StringLiteral') return [argument.value]
  if (argument?.type === 'TemplateLiteral') return argument.quasis.map(({ value }) => value.cooked)
  return undefined
}

// Between the pieces of a template anything may stand, and so where jest puts a table's values (%s, $name).
const placeholder = /%[sdifjop#$%]|\$[\w.#]+/g

function matches(pieces, title) {
  if (pieces.length === 1 && pieces[0] === title) return true
  const pattern = pieces.map(piece => piece.split(placeholder).map(escaped).join('.*')).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(title)
}

function literalLength(pieces) {
  return pieces.reduce((length, piece) => length + piece.replace(placeholder, '').trim().length, 0)
}

function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
