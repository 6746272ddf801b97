export type {
  ExchangeRoutes,
  Listener,
  SettleOutcome,
  StoredMessage,
  StoreSettlement,
  TakenMessage,
  VirtualStore
} from './store.js'
