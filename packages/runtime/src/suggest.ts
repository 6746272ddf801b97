/**
 * The known name nearest to a misspelt one, for "did you mean …"; nothing when none is near. Letter case does not
 * count, and two neighbouring letters swapped are one slip. Of equally near names the first known wins.
 */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let nearest: string | undefined
  let best = slipsAllowed(wanted) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= best) continue
    const slips = distance(wanted, candidate.toLowerCase())
    if (slips < best) {
      best = slips
      nearest = candidate
    }
  }
  return nearest
}

function slipsAllowed(name: string): number {
  return Math.min(4, Math.max(1, Math.floor(name.length / 3)))
}

/** Damerau-Levenshtein, restricted: inserted, missing, wrong and swapped letters cost one each. */
function distance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, right.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
