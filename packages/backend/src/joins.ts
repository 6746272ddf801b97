/** What is known of a join while its parts arrive. */
export interface JoinCounts {
  /** Parts in the header; undefined while the chord is not open. */
  readonly size: number | undefined
  /** Parts added by the tasks of the header. */
  readonly grown: number
  /** Distinct parts stored. */
  readonly arrived: number
  /** It was complete before: it stays so, whatever arrives. */
  readonly completed?: boolean
}

/**
 * `waiting`: parts may be there, the chord is not open. `gathering`: open, parts are missing. `completing`: this step
 * makes it complete, so this step answers the join. `complete`: an earlier step did.
 */
export type JoinPhase = 'waiting' | 'gathering' | 'completing' | 'complete'

export interface JoinProgress {
  readonly phase: JoinPhase
  /** Parts the join needs; undefined while the chord is not open. */
  readonly expected: number | undefined
  /** Parts still to come; 0 when it is complete, undefined while the chord is not open. */
  readonly missing: number | undefined
}

/**
 * Where a join stands after a step: complete when the distinct parts are at least size + grown. Asked within the
 * atomic step that changed the counts, exactly one step of a join sees `completing`.
 */
export function joinProgress(counts: JoinCounts): JoinProgress {
  const { size, grown, arrived, completed = false } = counts
  const expected = size === undefined ? undefined : size + grown
  if (completed) return { phase: 'complete', expected, missing: 0 }
  if (expected === undefined) return { phase: 'waiting', expected, missing: undefined }
  const missing = Math.max(0, expected - arrived)
  return { phase: missing === 0 ? 'completing' : 'gathering', expected, missing }
}

/** Parts in header order: by index, those without one last, equals in the order given (that of arrival). */
export function orderParts<Part extends { readonly index: number | null }>(parts: readonly Part[]): readonly Part[] {
  return [...parts].sort((a, b) => rank(a.index) - rank(b.index) || 0)
}

/** Finite, because two infinities have no difference. */
function rank(index: number | null): number {
  return index ?? Number.MAX_SAFE_INTEGER
}
