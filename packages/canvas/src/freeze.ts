import type { SignatureData, SignatureOptions } from '@umbel/protocol'
import { chainData, chordData, groupData, kindOf, withOptions } from './data.js'
import { isEmpty } from './merge.js'
import { hold, place, withoutChord } from './place.js'
import { resultOf } from './results.js'
import { groupOfChunks, spreadChord } from './spread.js'
import { flatMembers, isOpenChunks, stepsOf } from './steps.js'

/** Where ids come from, and what all parts of a canvas share. */
export interface FreezeContext {
  newId(): string
  readonly replyTo?: string | undefined
  readonly rootId?: string | undefined
}

/**
 * Gives every part an id and brings the whole into the form that runs; `taskId` is for what ends it. Ids that are
 * there stay, so freezing twice changes nothing. undefined: there is nothing to run.
 */
export function freeze(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData | undefined {
  if (isOpenChunks(data)) return freeze(groupOfChunks(data), context, taskId)
  const { root_id: rootId, reply_to: replyTo } = data.options
  const shared: FreezeContext = {
    newId: () => context.newId(),
    rootId: context.rootId ?? rootId,
    replyTo: context.replyTo ?? replyTo
  }
  switch (kindOf(data)) {
    case 'chain':
      return freezeChain(data, shared, taskId)
    case 'group':
      return freezeGroup(data, shared, taskId)
    case 'chord':
      return freezeChord(data, shared, taskId)
    default:
      return freezeTask(data, shared, taskId)
  }
}

function freezeTask(data: SignatureData, context: FreezeContext, taskId: string | undefined): SignatureData {
  const options: SignatureOptions = {
    task_id: data.options.task_id ?? taskId ?? context.newId(),
    ...(context.rootId === undefined ? {} : { root_id: context.rootId }),
    ...(context.replyTo === undefined ? {} : { reply_to: data.options.reply_to ?? context.replyTo })
  }
  return withOptions(data, options)
}

function freezeChain(
  data: SignatureData,
  context: FreezeContext,
  taskId: string | undefined
): SignatureData | undefined {
  const planned = stepsOf(data)
  const lastId = data.options.task_id ?? taskId
  const steps = planned
    .map((step, index) => freeze(step, context, index === planned.length - 1 ? lastId : undefined))
    .filter(step => step !== undefined)
  const [first] = steps
  if (first === undefined) return undefined
  const chain = steps.length === 1 ? first : chainData(steps)
  const named = steps.length === 1 ? chain : withOptions(chain, { task_id: resultOf(chain)[0][0] })
  return hold(named, data.options)
}

function freezeGroup(data: SignatureData, context: FreezeContext, taskId: string | undefined): SignatureData {
  const members = flatMembers(data)
    .map(member => freeze(member, context))
    .filter(member => member !== undefined)
    .map((member, groupIndex) => place(member, { groupIndex }))
  return hold(groupData(members, { task_id: data.options.task_id ?? taskId ?? context.newId() }), data.options)
}

function freezeChord(
  data: SignatureData,
  context: FreezeContext,
  taskId: string | undefined
): SignatureData | undefined {
  const { header, body } = spreadChord(data)
  const id = data.options.task_id ?? header.options.task_id ?? context.newId()
  const frozenHeader = freezeGroup(withOptions(header, { task_id: id }), context, undefined)
  const frozenBody = isEmpty(body) ? undefined : freeze(body, context, taskId)
  if (frozenBody === undefined) return frozenHeader
  return hold(chordData(withoutChord(frozenHeader), frozenBody, { task_id: id }), data.options)
}
