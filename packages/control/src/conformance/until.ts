/** Resolves when the condition holds; rejects after the deadline (seconds) naming what did not come. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadline = 10): Promise<void> {
  const end = performance.now() + deadline * 1000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${deadline} s in vain for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
