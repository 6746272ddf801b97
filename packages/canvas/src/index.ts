export { type Applied, apply } from './apply.js'
export { chain } from './chain.js'
export { type ChordOptions, chord } from './chord.js'
export { Chunks, chunks, xmap, xmap as map, xstarmap, xstarmap as starmap } from './chunks.js'
export { checkArguments, checkOptions, type OptionCheck } from './check-options.js'
export { type ApplyOptions, compile, completions, type IdSource } from './compile.js'
export { fromJSON, partial, type ReadOptions, signature, type SignatureType } from './create.js'
export { type Kind, kindOf, readData, type SignatureLike } from './data.js'
export { dispatch } from './dispatch.js'
export { endsInLine, endsOf } from './ends.js'
export type { Dispatcher, TaskSend } from './dispatcher.js'
export { InvalidOptionError, InvalidSignatureError, SendError, UnboundSignatureError } from './errors.js'
export { callbacks, chordBody, errbacks, type FollowUpContext, nextInChain } from './follow-up.js'
export { Group, type GroupOf, group, type MemberResult, type SharedMissing, type SkewOptions } from './group.js'
export type { GetOptions, GroupHandle, Handle, Pending, RevokeOptions } from './handle.js'
export type { Items } from './items.js'
export { mergeOptions } from './merge.js'
export {
  type DateTimeLike,
  type DurationLike,
  type Links,
  OPTION_NAMES,
  type SignatureOptionsInput,
  toWireOptions
} from './options.js'
export { chainAsLink } from './links.js'
export type { Place } from './place.js'
export type { OptionRule } from './option-rules.js'
export { createPending } from './pending.js'
export { type ChordOpening, EMPTY_PLAN, type GroupRecord, joinPlans, type Plan } from './plan.js'
export { resultOf } from './results.js'
export { SettledHandle } from './settled-handle.js'
export { type DispatcherSource, type Frozen, Signature, type SignatureCall } from './signature.js'
export type { StampingVisitor, StampOptions, Stamps } from './stamping-visitor.js'
export type {
  AnySignature,
  ImmutableSignature,
  MissingArgs,
  PartialSignature,
  TaskResult,
  Trailing
} from './types.js'
