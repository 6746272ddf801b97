import type { Headers } from '../message.js'
import type { Kwargs } from '../signature-data.js'
import type { TaskHeaders } from '../task-message.js'
import { FieldReader } from './fields.js'

/** Headers that a task message says itself: a caller's header of the name would make it another message. */
export const PROTOCOL_HEADERS: ReadonlySet<string> = new Set(
  (
    'lang task id shadow eta expires group group_index retries timelimit root_id parent_id argsrepr kwargsrepr origin ' +
    'ignore_result replaced_task_nesting stamped_headers stamps compression'
  ).split(' ')
)

/** Names that are no user headers: the standard ones and the attributes of Celery's request. (wire-protocol 1.2) */
const RESERVED: ReadonlySet<string> = new Set([
  ...PROTOCOL_HEADERS,
  ...(
    'meth args kwargs callbacks errbacks chain chord correlation_id delivery_info reply_to hostname is_eager loglevel ' +
    'logfile properties utc called_directly time_limit soft_time_limit headers taskset'
  ).split(' ')
])

const NONE: Kwargs = Object.freeze({})

/** Standard headers from fields in the wire's spelling; what is optional may be missing. @throws InvalidTaskError */
export function readHeaders(fields: Headers, custom: Headers): TaskHeaders {
  const reader = new FieldReader(fields)
  const id = reader.requiredText('id')
  return {
    lang: reader.text('lang') ?? '',
    task: reader.requiredText('task'),
    id,
    shadow: reader.text('shadow'),
    eta: reader.time('eta'),
    expires: reader.time('expires'),
    group: reader.text('group'),
    groupIndex: reader.integer('group_index'),
    retries: reader.integer('retries') ?? 0,
    timelimit: reader.timelimit(),
    rootId: reader.text('root_id') || id,
    parentId: reader.text('parent_id'),
    argsrepr: reader.text('argsrepr') ?? '',
    kwargsrepr: reader.text('kwargsrepr') ?? '',
    origin: reader.text('origin') ?? '',
    ignoreResult: reader.boolean('ignore_result'),
    replacedTaskNesting: reader.integer('replaced_task_nesting') ?? 0,
    stampedHeaders: reader.names('stamped_headers'),
    stamps: reader.mapping('stamps'),
    custom: userHeaders(custom)
  }
}

function userHeaders(headers: Headers): Kwargs {
  // Most messages have none: this look costs no list of names.
  for (const name in headers)
    if (!RESERVED.has(name)) return Object.fromEntries(Object.entries(headers).filter(([each]) => !RESERVED.has(each)))
  return NONE
}
