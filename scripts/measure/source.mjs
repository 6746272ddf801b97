// What can be counted in one source file.
import { parseFile, walk } from '../lib/syntax.mjs'

/** Lines of the file, of comments and of each named function, and how often `any` is written as a type. */
export function measureFile(file) {
  const tree = parseFile(file)
  const functions = []
  let anys = 0
  walk(tree.program, (node, parent) => {
    if (node.type === 'TSAnyKeyword') anys += 1
    if (isNamedFunction(node, parent)) functions.push(linesOf(node))
  })
  const lines = tree.text.split('\n')
  const comments = tree.comments.reduce((sum, comment) => sum + linesOf(comment), 0)
  return { lines: lines.length - (lines.at(-1) === '' ? 1 : 0), comments, functions, anys }
}

function isNamedFunction(node, parent) {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassMethod':
    case 'ClassPrivateMethod':
    case 'ObjectMethod':
      return node.body != null
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return nameGivers.has(parent?.type)
    default:
      return false
  }
}

const nameGivers = new Set(['VariableDeclarator', 'ObjectProperty', 'ClassProperty', 'ClassPrivateProperty'])

function linesOf(node) {
  return node.loc.end.line - node.loc.start.line + 1
}
