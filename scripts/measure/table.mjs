// Measurements as the rows of a table.

/** One row: `files` are measurements of source files, `testLines` the lines of the tests beside them. */
export function row(name, { files, testLines }) {
  const lines = files.map(file => file.lines)
  const functions = files.flatMap(file => file.functions)
  const total = sum(lines)
  return {
    name,
    files: files.length,
    lines: total,
    file: spread(lines),
    function: spread(functions),
    comments: total > 0 ? `${Math.round((100 * sum(files.map(file => file.comments))) / total)} %` : '–',
    any: total > 0 ? ((1000 * sum(files.map(file => file.anys))) / total).toFixed(1) : '–',
    tests: total > 0 ? (testLines / total).toFixed(1) : '–'
  }
}

/** 'median/p90/max', or a dash for nothing. */
export function spread(values) {
  if (values.length === 0) return '–'
  const sorted = [...values].sort((a, b) => a - b)
  const at = share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return `${at(0.5)}/${at(0.9)}/${sorted.at(-1)}`
}

export function markdownTable(rows) {
  const heads = ['Package', 'Files', 'Lines', 'File', 'Function', 'Comments', 'any/kLOC', 'Tests : source']
  const cells = [heads, ...rows.map(each => Object.values(each).map(String))]
  const widths = heads.map((_, column) => Math.max(...cells.map(line => line[column].length)))
  const text = line =>
    `| ${line.map((cell, column) => pad(cell, { width: widths[column], left: column === 0 })).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [text(cells[0]), rule, ...cells.slice(1).map(text)].join('\n')
}

function pad(cell, { width, left }) {
  return left ? cell.padEnd(width) : cell.padStart(width)
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
