export type {
  Channel,
  Connection,
  ConnectOptions,
  ConsumeOptions,
  Delivery,
  DeliverySink,
  Outgoing,
  PublishOptions,
  QueueStat,
  Settlement,
  Subscription,
  Transport,
  TransportCapabilities
} from './contract.js'
export {
  ClosedError,
  ConnectionError,
  type ConnectionErrorOptions,
  InvalidUrlError,
  PublishError,
  PublishTimeoutError,
  TopologyError,
  UnknownSchemeError,
  UnroutableError
} from './errors.js'
export { resolveTransport } from './resolve.js'
export type { Binding, Exchange, ExchangeType, Queue, Topology } from './topology.js'
export { BrokerUrl } from './url.js'
