export { broadcast } from './broadcast.js'
export { Control, type ControlOptions, type ControlParts, type RevokeOptions } from './control.js'
export { ControlError, UnknownCommandError } from './errors.js'
export { flattenReplies } from './flatten.js'
export { type Broadcast, Inspect } from './inspect.js'
export { Mailbox, type MailboxOptions } from './mailbox.js'
export { type Matcher, matchesNode } from './matcher.js'
export { type Command, type NodeReply, readCommand, type ReplyAddress } from './messages.js'
export { Node, type NodeOptions } from './node.js'
export type { BroadcastOptions, BroadcastRequest } from './request.js'
export { type RevokeLimits, revokeLimits } from './revoke-limits.js'
export {
  type Done,
  type Failure,
  isFailure,
  type QueriedTask,
  type Replies,
  type ScheduledTask,
  type TaskInfo,
  type WorkerStats
} from './shapes.js'
