export { virtualConnection } from './connection.js'
export { type BodyEncoding, decodeEnvelope, encodeEnvelope, type OpenedEnvelope } from './envelope.js'
export { type ExchangeRouter, exchangeRouters } from './exchanges/index.js'
export { compileLease, DEFAULT_LEASE } from './leases.js'
export type { QueueOrder } from './queue-cycle.js'
export type { VirtualOptions } from './settings.js'
export type {
  ExchangeRoutes,
  Listener,
  PutOptions,
  SettleOutcome,
  StoredMessage,
  StoreSettlement,
  TakenMessage,
  VirtualStore
} from './store.js'
