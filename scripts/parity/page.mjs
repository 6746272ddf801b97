// docs/parity.md as text.

/** @param located finds `{ file, line }` of a test */
export function parityPage({ rows, counts, areas, located }) {
  return [
    '# Parity with Celery',
    '',
    'Written by `npm run parity` from the test results: a feature is done when a test whose title starts with its ID passes, and none',
    'that claims it fails or is skipped. IDs and texts are in `features.json`, the reasons for what is left out in `left-out.json`.',
    '',
    ...totals(counts, areas),
    ...Object.entries(areas).flatMap(([area, name]) =>
      section(name, { counts: counts.areas[area], located, rows: rows.filter(row => row.area === area) })
    ),
    ''
  ].join('\n')
}

function totals(counts, areas) {
  return [
    '| Area | | Done | Open | Left out |',
    '|---|---|---:|---:|---:|',
    ...Object.entries(areas).map(([area, name]) => countsRow(`${name} | ${area}`, counts.areas[area])),
    countsRow('**Total** |', counts)
  ]
}

function countsRow(name, { done, open, leftOut }) {
  return `| ${name} | ${done} | ${open} | ${leftOut} |`
}

function section(name, { rows, counts, located }) {
  const { done, open, leftOut } = counts
  const table = rows.map(
    row => `| ${row.id} | ${cell(row.text)} | ${row.priority} | ${cell(stateText(row, located))} |`
  )
  const head = ['| ID | Feature | Priority | State |', '|---|---|---|---|']
  return ['', `## ${name}`, '', `${done} done, ${open} open, ${leftOut} left out.`, '', ...head, ...table]
}

function stateText({ state, reason, tests }, located) {
  if (state === 'leftOut') return `left out: ${reason}`
  const places = [...new Set(tests.map(test => place(test, located)))].join(', ')
  if (state === 'done') return `done: ${places}`
  return tests.length > 0
    ? `open (${[...new Set(tests.map(({ status }) => status))].sort().join(', ')}): ${places}`
    : 'open'
}

function place(test, located) {
  const { file, line } = located(test)
  return line ? `${file}:${line}` : file
}

// A bar inside a cell would start the next one.
function cell(text) {
  return text.replaceAll('|', '\\|')
}
