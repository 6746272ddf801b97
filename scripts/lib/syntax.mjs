// TypeScript and JavaScript as a syntax tree.
import { readFileSync } from 'node:fs'
import { parse } from '@babel/parser'

/** Parses a source file; throws a SyntaxError that names it. The tree carries its text as `text`. */
export function parseFile(file) {
  const text = readFileSync(file, 'utf8')
  try {
    return Object.assign(parseText(text), { text })
  } catch (error) {
    throw new SyntaxError(`${file}: ${error.message}`, { cause: error })
  }
}

export function parseText(text) {
  return parse(text, { sourceType: 'module', plugins: ['typescript', 'explicitResourceManagement'] })
}

/** Calls `visit(node, parent)` for every node, parents first. */
export function walk(node, visit, parent) {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit, parent)
  } else if (typeof node?.type === 'string') {
    visit(node, parent)
    for (const key of Object.keys(node)) {
      if (!skipped.has(key)) walk(node[key], visit, node)
    }
  }
}

const skipped = new Set(['loc', 'leadingComments', 'trailingComments', 'innerComments', 'comments', 'tokens', 'errors'])
