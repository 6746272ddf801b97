export type {
  BackendCapabilities,
  BackendFactory,
  BackendOptions,
  ChordPart,
  CompletedJoin,
  ReplyOptions,
  ResultBackend,
  RevocationStore,
  Watch
} from './contract.js'
export { DisabledBackend, disabledBackend } from './disabled.js'
export {
  BackendClosedError,
  BackendError,
  BackendGetMetaError,
  BackendNotInstalledError,
  BackendStoreError,
  BacklogLimitError,
  JoinsUnsupportedError,
  ResultsDisabledError,
  SharedStoreRequiredError,
  UnknownBackendError
} from './errors.js'
export { type JoinCounts, type JoinPhase, type JoinProgress, joinProgress, orderParts } from './joins.js'
export { createResultKeys, type ResultKeys } from './keys.js'
export { type LastingOptions, lastingBackend } from './lasting.js'
export { type BackendSources, loadBackend } from './load.js'
export {
  createResultMeta,
  type ExtendedFields,
  failureMeta,
  type MetaContext,
  type Outcome,
  retryMeta,
  revokedMeta,
  startedMeta,
  successMeta,
  unreadableMeta
} from './metas.js'
export { PackedBackend } from './packed.js'
export { type LoadMetas, type PollingOptions, type PollingWatch, watchByPolling } from './polling.js'
export { mayReplace } from './precedence.js'
export { getResult, getState, getTraceback, type WaitOptions, waitFor } from './reading.js'
export { redactUrl } from './redact.js'
export { type ResolvedBackend, resolveBackend } from './resolve.js'
export { type RetryPolicy, withRetries } from './retries.js'
