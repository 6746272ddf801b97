export type {
  BackendCapabilities,
  BackendFactory,
  BackendOptions,
  ChordPart,
  CompletedJoin,
  ResultBackend,
  RevocationStore,
  Watch
} from './contract.js'
export { BackendError, BackendGetMetaError, BackendStoreError } from './errors.js'
