import { readFileSync } from 'node:fs'
import { acceptSet, defaultCompressions, defaultSerializers, type TaskCall, type TaskHeaders } from '../src/index.js'

export const codecs = {
  serializers: defaultSerializers,
  compressions: defaultCompressions,
  accept: acceptSet(['json'])
}

/** Cases that the real Celery wrote: e2e/vectors/make.py. */
export function vectors<Case>(name: string): readonly Case[] {
  const file = new URL(`../../test/vectors/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases
}

export function headers(over: Partial<TaskHeaders> = {}): TaskHeaders {
  return {
    lang: 'js',
    task: 't.add',
    id: 'id-1',
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    groupIndex: null,
    retries: 0,
    timelimit: [null, null],
    rootId: 'id-1',
    parentId: null,
    argsrepr: '(1, 2)',
    kwargsrepr: '{}',
    origin: 'gen1@host',
    ignoreResult: false,
    replacedTaskNesting: 0,
    stampedHeaders: null,
    stamps: {},
    custom: {},
    ...over
  }
}

export function call(over: Partial<TaskCall> = {}): TaskCall {
  return {
    headers: headers(),
    args: [1, 2],
    kwargs: {},
    embed: { callbacks: null, errbacks: null, chain: null, chord: null },
    correlationId: 'id-1',
    replyTo: '',
    ...over
  }
}

/** What a call throws; fails the test when it does not. */
export function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
