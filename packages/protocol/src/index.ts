export { EncodedJson } from './encoded.js'
export type { Headers, Message, MessageProperties } from './message.js'
export type { ErrorData, ResultMeta } from './result-meta.js'
export type { Compression, Serializer } from './serializer.js'
export type { Args, Kwargs, ResultTuple, SignatureData, SignatureOptions } from './signature-data.js'
export {
  ALL_STATES,
  type BuiltInState,
  compareStates,
  EXCEPTION_STATES,
  isReady,
  precedence,
  PROPAGATE_STATES,
  READY_STATES,
  states,
  type TaskState,
  UNREADY_STATES
} from './states.js'
export type { Embed, TaskBody, TaskCall, TaskHeaders } from './task-message.js'
