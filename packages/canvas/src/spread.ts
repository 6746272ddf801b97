import type { SignatureData, SignatureOptions } from '@umbel/protocol'
import { bodyOf, groupData, listOf, membersOf, withMembers, withOptions } from './data.js'
import { link, linkError } from './links.js'
import { mergeOptions, override, prepend } from './merge.js'

/** Say who a composite is and what goes on after it, not how its parts are to be run. */
const HELD: readonly string[] = ['task_id', 'group_id', 'group_index', 'chord', 'chain', 'link', 'link_error']
/** Belong to all parts of a canvas. */
const SHARED: readonly string[] = ['root_id', 'reply_to']
/** Of the task that looks at a chord's header, where the store cannot count. */
const UNLOCK: readonly string[] = ['interval', 'max_retries']
const ROUTE: readonly string[] = ['queue', 'exchange', 'routing_key', 'priority']
/** Of what starts now, not of a body that starts by itself. */
const START: readonly string[] = ['countdown', 'eta', 'parent_id']

/**
 * A chain's steps with what was set on the chain: link on the last, link_error on each, other options on the first;
 * queue and priority on all that have none of their own.
 */
export function spreadChain(data: SignatureData): readonly SignatureData[] {
  const options = ownOptions(data)
  const route = pick(options, name => ROUTE.includes(name))
  const shared = pick(options, name => SHARED.includes(name))
  const steps = membersOf(takeArguments(data))
    .map((step, index) => (index === 0 ? override(harden(step, data), options) : lend(override(step, shared), route)))
    .map(step => linkErrors(step, data))
  const last = steps.pop()
  return last === undefined ? [] : [...steps, links(last, data)]
}

/** A group's members with what was set on the group. */
export function spreadGroup(data: SignatureData): readonly SignatureData[] {
  const options = ownOptions(data)
  const group = withMembers(
    takeArguments(data),
    membersOf(takeArguments(data)).map(member => linkErrors(override(harden(member, data), options), data))
  )
  return membersOf(links(group, data))
}

/** A chord's header, as a group, and body, with what was set on the chord: the start on the header, links on the body. */
export function spreadChord(data: SignatureData): { readonly header: SignatureData; readonly body: SignatureData } {
  const options = ownOptions(data)
  const body = override(
    bodyOf(data),
    pick(options, name => !START.includes(name))
  )
  return { header: override(harden(headerOf(data), data), options), body: links(linkErrors(body, data), data) }
}

/** What belongs to a chord itself and to none of its parts. */
export function unlockOptions({ options }: SignatureData): SignatureOptions {
  return pick(options, name => UNLOCK.includes(name))
}

/** The tasks that chunks stand for. */
export function groupOfChunks(data: SignatureData): SignatureData {
  const { task, it, n } = data.kwargs as { task: SignatureData; it: readonly unknown[]; n: number }
  const parts: SignatureData[] = []
  for (let start = 0; start < it.length; start += n) {
    const kwargs = { task, it: it.slice(start, start + n) }
    parts.push({ ...data, task: 'celery.starmap', kwargs, options: {} })
  }
  return groupData(parts, data.options)
}

function headerOf(data: SignatureData): SignatureData {
  const { header } = takeArguments(data).kwargs as { header: SignatureData | readonly SignatureData[] }
  return 'task' in header ? header : groupData(header)
}

/** Composites of other programs may carry arguments: they belong to what starts first. */
function takeArguments(data: SignatureData): SignatureData {
  return data.args.length === 0 ? data : prepend({ ...data, args: [], immutable: false }, data.args)
}

/** An immutable composite takes no arguments: nor does what starts in it. */
function harden(part: SignatureData, owner: SignatureData): SignatureData {
  return owner.immutable ? { ...part, immutable: true } : part
}

function ownOptions(data: SignatureData): SignatureOptions {
  return pick(data.options, name => !HELD.includes(name) && !UNLOCK.includes(name))
}

/** A step with a route of its own keeps it; priority counts by itself. */
function lend(step: SignatureData, route: SignatureOptions): SignatureData {
  const { priority, ...address } = route
  const own = step.options
  const routed = own.queue ?? own.exchange ?? own.routing_key
  return withOptions(step, {
    ...(routed === undefined ? mergeOptions({}, address) : {}),
    ...(priority === undefined || own.priority !== undefined ? {} : { priority })
  })
}

function links(data: SignatureData, owner: SignatureData): SignatureData {
  return listOf(owner.options.link).reduce(link, data)
}

function linkErrors(data: SignatureData, owner: SignatureData): SignatureData {
  return listOf(owner.options.link_error).reduce((linked, errback) => linkError(linked, errback), data)
}

function pick(options: SignatureOptions, wanted: (name: string) => boolean): SignatureOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => wanted(name)))
}
