import {
  type BackendFactory,
  type BackendOptions,
  DisabledBackend,
  lastingBackend,
  PackedBackend,
  redactUrl,
  type ReplyOptions,
  type ResolvedBackend,
  resolveBackend,
  type ResultBackend,
  SharedStoreRequiredError
} from '@umbel/backend'
import type { Clock } from '@umbel/runtime'
import { type OwnStores, TaskStores } from './task-stores.js'

export interface ResultStoreParts {
  readonly backends: readonly BackendFactory[]
  readonly clock: Clock
  /** For the store of that URL. */
  readonly options: (url: string) => BackendOptions
  readonly ownStores: OwnStores
  readonly replies: ReplyOptions
  /** Told of the URL as the driver resolved it, after each connecting. */
  readonly opened: (url: string) => void
}

/**
 * Opens the application's result store; those of single tasks are opened when they are needed, but refused now.
 * @param main undefined: results are disabled
 */
export async function openResultStore(main: string | undefined, parts: ResultStoreParts): Promise<ResultBackend> {
  const { clock, ownStores } = parts
  for (const url of ownStores.urls()) resolveOwn(url, parts)
  return new TaskStores({
    main: await lastingBackend(() => connectMain(main, parts), { clock }),
    open: url => lastingBackend(() => connectOwn(url, parts), { clock }),
    ownStores
  })
}

async function connectMain(given: string | undefined, parts: ResultStoreParts): Promise<ResultBackend> {
  if (given === undefined) return new DisabledBackend()
  const { factory, url } = resolveBackend(given, parts.backends)
  const replies = factory.replies === true ? { replies: parts.replies } : {}
  const backend = await connect(factory, url, { clock: parts.clock, ...parts.options(given), ...replies })
  parts.opened(backend.url)
  return backend
}

async function connectOwn(given: string, parts: ResultStoreParts): Promise<ResultBackend> {
  const { factory, url } = resolveOwn(given, parts)
  return await connect(factory, url, { clock: parts.clock, ...parts.options(given) })
}

/** Drivers that keep JSON are given text for anything else. */
async function connect(factory: BackendFactory, url: string, options: BackendOptions): Promise<ResultBackend> {
  const { codec } = options
  const backend = await factory.connect(url, options)
  return codec === undefined || codec.plain || factory.encodes === true ? backend : new PackedBackend(backend, codec)
}

/** Replies go to one queue per client, which the application's own store reads. */
function resolveOwn(given: string, { backends }: ResultStoreParts): ResolvedBackend {
  const resolved = resolveBackend(given, backends)
  if (resolved.factory.replies !== true) return resolved
  throw new SharedStoreRequiredError(
    `${redactUrl(given)} cannot be the result store of a single task: its results are replies to clients`
  )
}
