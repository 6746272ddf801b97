import type { SignatureData, SignatureOptions } from '@umbel/protocol'
import { bodyOf, chainData, chordData, groupData, kindOf, membersOf, withOptions } from './data.js'
import { normalize } from './normalize.js'
import { place } from './place.js'
import { resultOf } from './results.js'
import { unlockOptions } from './spread.js'

/** Where ids come from, and what all parts of a canvas share. */
export interface FreezeContext {
  newId(): string
  readonly replyTo?: string | undefined
  readonly rootId?: string | undefined
}

/**
 * Brings a signature into the form that runs and gives every part an id; `taskId` is for what ends it. Ids that are
 * there stay, so freezing twice changes nothing. undefined: there is nothing to run.
 */
export function freeze(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData | undefined {
  const normal = normalize(data)
  return normal && identify(normal, context, taskId)
}

function identify(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData {
  switch (kindOf(data)) {
    case 'chain':
      return identifyChain(data, context, taskId)
    case 'group':
      return identifyGroup(data, context, taskId)
    case 'chord':
      return identifyChord(data, context, taskId)
    default:
      return identifyTask(data, context, taskId)
  }
}

function identifyTask(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData {
  const { task_id: id, reply_to: replyTo = context.replyTo } = data.options
  const options: SignatureOptions = {
    task_id: id ?? taskId ?? context.newId(),
    ...(context.rootId === undefined ? {} : { root_id: context.rootId }),
    ...(replyTo === undefined ? {} : { reply_to: replyTo })
  }
  return withOptions(data, options)
}

function identifyChain(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData {
  const last = membersOf(data).length - 1
  const lastId = data.options.task_id ?? taskId
  const steps = membersOf(data).map((step, index) => identify(step, context, index === last ? lastId : undefined))
  const chain = chainData(steps)
  return withOptions(chain, { task_id: resultOf(chain)[0][0] })
}

function identifyGroup(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData {
  const id = data.options.task_id ?? taskId ?? context.newId()
  const members = membersOf(data).map((member, groupIndex) => place(identify(member, context), { groupIndex }))
  return groupData(members, { task_id: id })
}

function identifyChord(data: SignatureData, context: FreezeContext, taskId?: string): SignatureData {
  const id = data.options.task_id ?? context.newId()
  const header = identifyGroup(groupData(membersOf(data)), context, id)
  return chordData(header, identify(bodyOf(data), context, taskId), { ...unlockOptions(data), task_id: id })
}
