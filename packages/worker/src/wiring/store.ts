import type { Umbel } from '@umbel/app'
import { type ResultBackend, withRetries } from '@umbel/backend'

/** The application's result store, opened once, its calls repeated while it is away. */
export function storeOf({ services }: Umbel): () => Promise<ResultBackend> {
  let opened: Promise<ResultBackend> | undefined
  return () => (opened ??= open(services))
}

async function open(services: Umbel['services']): Promise<ResultBackend> {
  const { resultBackendMaxRetries: most } = services.settings()
  const { clock, random } = services
  const backend = await services.gateway().backend()
  return withRetries(backend, { alwaysRetry: true, clock, random, ...(most == null ? {} : { maxRetries: most }) })
}
