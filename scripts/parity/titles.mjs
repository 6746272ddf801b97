// Feature IDs in test titles: `[W-14] …`, or `[P-01][P-02] …`, at the start and at most two.

const leading = /^(?:\[[A-Z]+-\d+\]\s*)+/

/** The IDs that a title claims, and what is wrong with how it claims them (undefined if nothing). */
export function idsIn(title) {
  const ids = idsOf(leading.exec(title)?.[0] ?? '')
  const all = idsOf(title)
  if (all.length > ids.length) return { ids, problem: 'feature IDs belong at the start of the title' }
  if (ids.length > 2) return { ids, problem: 'a test proves at most two features' }
  return { ids, problem: undefined }
}

function idsOf(text) {
  return [...text.matchAll(/\[([A-Z]+-\d+)\]/g)].map(([, id]) => id)
}
