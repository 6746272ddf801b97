/** Resolves when the work is done or the signal aborts, whichever comes first; never rejects. */
export async function untilAborted(work: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  if (work === undefined || signal.aborted) return
  let done = (): void => undefined
  const aborted = new Promise<void>(resolve => {
    done = resolve
  })
  signal.addEventListener('abort', done, { once: true })
  try {
    await Promise.race([work.catch(() => undefined), aborted])
  } finally {
    signal.removeEventListener('abort', done)
  }
}
