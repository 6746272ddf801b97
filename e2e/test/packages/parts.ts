import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Shell } from '../../src/packages/shell.js'
import type { Project, Strangers } from '../../src/packages/stranger.js'

const SENDER = ['@umbel/app', '@umbel/canvas', '@umbel/transport-sql']

/** Less than everything: what a service that only sends, or only composes, installs. */
export function describeParts(strangers: () => Strangers, installed: () => string): void {
  describe('installed in part', () => {
    let project: Project
    let worker: Shell
    let sender: Project
    let composer: Project

    beforeAll(async () => {
      const [sending, composing] = await Promise.all([
        strangers().install('sender', { ours: SENDER }),
        strangers().install('composer', { ours: ['@umbel/canvas'] })
      ])
      project = await strangers().project(installed(), { 'package.json': '{}', 'tasks.mjs': TASKS, 'apply.mjs': APPLY })
      sender = await strangers().project(sending, { 'package.json': '{}', 'send.mjs': SEND, 'part.mjs': PART })
      composer = await strangers().project(composing, { 'package.json': '{}', 'compose.mjs': COMPOSE })
      worker = await project.worker('node_modules/.bin/umbel -A tasks worker -l info -c 2')
    }, 120_000)

    it('app, canvas and a transport bring no library of other parts', async () => {
      const names = await packagesIn(join(sender.folder, 'node_modules'))
      expect(names).toEqual(expect.arrayContaining([...SENDER, 'libsql', 'luxon', 'zod']))
      const others =
        /^(?:umbel|yargs|amqplib|ioredis|pg|pino|jiti|jest|@umbel\/(?:worker|pool|cli|memory|backend-sql))$/
      expect(names.filter(name => others.test(name))).toEqual([])
    })

    it('app and a transport send what a worker elsewhere runs', async () => {
      const id = await sender.run(`node send.mjs '${database(project)}'`)
      expect(await project.run(`node_modules/.bin/umbel -A tasks result ${id}`)).toBe('4')
      expect(worker.output).toContain(`Task tasks.add[${id}] succeeded`)
    })

    it('a sender without a result store is told at once what to configure', async () => {
      expect(await sender.run(`node part.mjs '${database(project)}'`)).toMatch(/result/i)
    })

    it('canvas alone brings nothing but protocol and runtime', async () => {
      const names = await packagesIn(join(composer.folder, 'node_modules'))
      expect(names).toEqual(['@umbel/canvas', '@umbel/protocol', '@umbel/runtime'])
    })

    it('canvas alone makes a chord’s JSON, which another program applies', async () => {
      const json = await composer.run('node compose.mjs')
      expect(JSON.parse(json)).toMatchObject({ subtask_type: 'chord', kwargs: { body: { task: 'tasks.xsum' } } })
      expect(await project.run('node apply.mjs', json)).toBe('10')
    })
  })
}

function database({ folder }: Project): string {
  return `sqlite://${join(folder, '.umbel/umbel.db')}`
}

async function packagesIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(name => !name.startsWith('.'))
  const nested = names.map(async name =>
    name.startsWith('@') ? (await readdir(join(folder, name))).map(inner => `${name}/${inner}`) : [name]
  )
  return (await Promise.all(nested)).flat().sort()
}

const TASKS = `
import { Umbel } from 'umbel'
export const app = new Umbel('parts')
export const add = app.task('tasks.add', (x, y) => x + y)
export const xsum = app.task('tasks.xsum', xs => xs.reduce((a, b) => a + b, 0))
`

const SEND = `
import { Umbel } from '@umbel/app'
import { sql } from '@umbel/transport-sql'
const app = new Umbel('sender', { broker: process.argv[2], transports: [sql()] })
console.log((await app.sendTask('tasks.add', [2, 2])).id)
`

const PART = `
import { Umbel } from '@umbel/app'
import { sql } from '@umbel/transport-sql'
const app = new Umbel('sender', { broker: process.argv[2], transports: [sql()] })
const result = await app.sendTask('tasks.add', [2, 2])
console.log(await result.get({ timeout: 5 }).then(String, error => error.message))
`

const COMPOSE = `
import { chord, signature } from '@umbel/canvas'
const add = (x, y) => signature('tasks.add', [x, y])
console.log(JSON.stringify(chord([add(1, 2), add(3, 4)], signature('tasks.xsum'))))
`

const APPLY = `
import { text } from 'node:stream/consumers'
import { fromJSON, Umbel } from 'umbel'
const app = new Umbel('applier')
const result = await fromJSON(JSON.parse(await text(process.stdin))).bind(app).delay()
console.log(await result.get({ timeout: 10 }))
await app.close()
`
