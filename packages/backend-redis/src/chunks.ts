/** Items per round trip: a script keeps the server from everybody else. */
export const MOST = 200

/** In parts of as many as one round trip may carry. */
export function chunks<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const list: Item[][] = []
  for (let at = 0; at < items.length; at += MOST) list.push(items.slice(at, at + MOST))
  return list
}
