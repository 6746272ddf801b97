import type { Umbel } from '@umbel/app'
import { type ResultBackend, withRetries } from '@umbel/backend'
import type { Logger } from '@umbel/runtime'

export interface StoreParts {
  readonly logger: Logger
  /** Aborts when the worker gives up what it has not done: calls are not repeated any more. */
  readonly gaveUp: AbortSignal
}

/** The application's result store, its calls repeated while it is away. */
export function storeOf({ services }: Umbel, parts: StoreParts): () => Promise<ResultBackend> {
  let opened: Promise<ResultBackend> | undefined
  return () => {
    opened ??= open(services, parts).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}

async function open(services: Umbel['services'], { logger, gaveUp }: StoreParts): Promise<ResultBackend> {
  const { resultBackendMaxRetries: most } = services.settings()
  const { clock, random } = services
  const policy = { alwaysRetry: true, clock, random, logger, signal: gaveUp }
  return withRetries(await services.resultStore(), most == null ? policy : { ...policy, maxRetries: most })
}
