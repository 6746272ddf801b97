// Where tests are written: `it('title', …)` in test files and in the conformance suites that they call.
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

/** The declaration that made a test: in its own file if it is there, else in a suite that its file called. */
export function declarationOf({ file, title }, declarations) {
  const matching = declarations.filter(each => matches(each.title, title))
  const folder = file.split('/').slice(0, 2).join('/')
  return (
    matching.find(each => each.file === file) ??
    matching.find(each => each.file.startsWith(`${folder}/`)) ??
    matching[0]
  )
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
function matches(pieces, title) {
  if (pieces.length === 1 && pieces[0] === title) return true
  const pattern = pieces.map(piece => escaped(piece).replace(/%[sdifjop#$%]|\\\$[\w.#]+/g, '.*')).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(title)
}

function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
