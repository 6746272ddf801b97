/** Resolves when it holds. @throws Error after `deadline` seconds */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { what, deadline = 10 }: { readonly what?: string; readonly deadline?: number } = {}
): Promise<void> {
  const end = performance.now() + deadline * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still not so after ${deadline} s: ${what ?? holds.toString()}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
