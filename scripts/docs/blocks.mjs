// The TypeScript blocks of a Markdown page.

/**
 * Each block as `{ line, name, code }`: the line its code starts on (1-based), the file name that its first line gives it
 * (`// file: tasks.ts` or `// tasks.ts`), and the code without the indentation of its fence.
 */
export function blocksOf(markdown) {
  const lines = markdown.split('\n')
  const blocks = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent, fence, language] = /^(\s*)(`{3,}|~{3,})\s*(\w*)/.exec(lines[at]) ?? []
    if (!fence) continue
    const start = at + 1
    for (at = start; at < lines.length && !closes(lines[at], fence); at++);
    if (language === 'ts' || language === 'typescript') blocks.push(block(lines.slice(start, at), indent, start + 1))
  }
  return blocks
}

/** Why a block may not stand in our documents, or undefined. */
export function refusalOf(code) {
  const [found] = /@ts-(nocheck|ignore)\b/.exec(code) ?? []
  return found && `${found} is refused: what readers copy must compile`
}

function closes(line, fence) {
  const text = line.trim()
  return text.startsWith(fence) && [...text].every(character => character === fence[0])
}

function block(lines, indent, line) {
  const code = lines.map(each => (each.startsWith(indent) ? each.slice(indent.length) : each)).join('\n')
  const [, name] = /^\/\/ (?:file: )?([\w./-]+\.[mc]?ts)(?:\s|$)/.exec(code) ?? []
  return { line, name, code }
}
