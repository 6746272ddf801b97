// What a module imports, by its syntax: static, dynamic, type-only, re-exported.
import { parseFile, walk } from '../lib/syntax.mjs'

/** The imports of a file as `{ from, line, isExportAll }`, in order. Computed specifiers are not seen. */
export function importsOf(file) {
  const found = []
  walk(parseFile(file).program, node => {
    const source = specifierOf(node)
    if (source) {
      found.push({ from: source.value, line: node.loc.start.line, isExportAll: isExportAll(node) })
    }
  })
  return found
}

function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node.source
    case 'TSImportType':
      return literal(node.argument?.literal ?? node.argument)
    case 'TSExternalModuleReference':
      return node.expression
    case 'ImportExpression':
      return literal(node.source)
    case 'CallExpression':
      return node.callee.type === 'Import' ? literal(node.arguments[0]) : undefined
    default:
      return undefined
  }
}

function literal(node) {
  return node?.type === 'StringLiteral' ? node : undefined
}

function isExportAll(node) {
  if (node.type === 'ExportAllDeclaration') return true
  return (
    node.type === 'ExportNamedDeclaration' && node.specifiers.some(({ type }) => type === 'ExportNamespaceSpecifier')
  )
}
