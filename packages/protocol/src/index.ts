export { builtInCompressions, type CompressionOptions } from './compression/built-in.js'
export { defaultCompressions } from './compression/defaults.js'
export { type Compressions, createCompressions } from './compression/registry.js'
export { EncodedJson } from './encoded.js'
export {
  ContentDisallowedError,
  DecodeError,
  EncodeError,
  InvalidSignatureError,
  InvalidTimeError,
  UnknownCompressionError,
  UnknownMessageError,
  UnknownSerializerError
} from './errors.js'
export {
  AlreadyRegistered,
  CeleryError,
  type CeleryErrorOptions,
  ChordError,
  ImproperlyConfigured,
  IncompleteStream,
  InvalidTaskError,
  MaxRetriesExceededError,
  NotRegistered,
  OperationalError,
  QueueNotFound,
  SecurityError,
  SoftTimeLimitExceeded,
  TaskError,
  TaskRevokedError,
  Terminated,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError
} from './exceptions/classes.js'
export { dataToError, errorToData } from './exceptions/data.js'
export {
  Ignore,
  Reject,
  type RejectOptions,
  Retry,
  type RetryOptions,
  TaskPredicate,
  WorkerShutdown,
  WorkerTerminate
} from './exceptions/predicates.js'
export { JAVASCRIPT_MODULE } from './exceptions/python.js'
export { RemoteError } from './exceptions/remote.js'
export { errorRepr } from './exceptions/repr.js'
export { tracebackOf } from './exceptions/traceback.js'
export {
  AlwaysEagerIgnored,
  CeleryWarning,
  DuplicateNodenameWarning,
  FixupWarning,
  NotConfigured,
  SecurityWarning
} from './exceptions/warnings.js'
export { type DecodeOptions, decodeJson } from './json/decode.js'
export { type EncodeOptions, encodeJson } from './json/encode.js'
export type { JsonType } from './json/types.js'
export { Decimal, PlainDate, PlainTime, Uuid } from './json/values.js'
export type { Headers, Message, MessageProperties } from './message.js'
export { PROTOCOL_HEADERS } from './message/headers.js'
export { type ParsedTask, parseTask, type ReadCodecs } from './message/parse.js'
export { type WriteCodecs, writeTask, writeTaskV1 } from './message/write.js'
export { argsrepr, kwargsrepr, pythonRepr, type ReprOptions, saferepr } from './repr/saferepr.js'
export { ResultCodec, type ResultForm } from './result/codec.js'
export { jsonResults } from './result/default-codec.js'
export { decodeMeta, encodeMeta, readMetaFields } from './result/meta.js'
export { groupTuple, isGroupTuple, readResultTuple, taskTuple } from './result/tuple.js'
export { type ErrorData, REPLY_TO, type ResultMeta, TASK_NAME } from './result-meta.js'
export { isMapping, shown } from './shown.js'
export type { Compression, Serializer } from './serializer.js'
export { acceptSet, defaultSerializers } from './serializers/defaults.js'
export { createJsonSerializer, type JsonSerializerOptions, jsonSerializer } from './serializers/json.js'
export { MissingPackageError } from './serializers/library.js'
export { msgpackSerializer } from './serializers/msgpack.js'
export { rawSerializer, textSerializer } from './serializers/raw.js'
export { createSerializers, type Serializers } from './serializers/registry.js'
export { yamlSerializer } from './serializers/yaml.js'
export type { Args, Kwargs, ResultTuple, SignatureData, SignatureOptions } from './signature-data.js'
export { isSignatureData, normalizeSignature } from './signature/normalize.js'
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
export { type FormatTimeOptions, formatTime, parseTime } from './time.js'
