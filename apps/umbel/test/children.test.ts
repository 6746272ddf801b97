import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-children-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const entry = (name: string): string => new URL(import.meta.resolve(name)).href

/** A module that makes an application and counts the connections that it opens. */
const APP = `
import { Umbel } from '${entry('@umbel/app')}'
import { sql } from '${entry('@umbel/transport-sql')}'
const transport = sql()
export const opened = { count: 0, now: 0 }
const counting = {
  ...transport,
  async connect(url, options) {
    const connection = await transport.connect(url, options)
    opened.count++
    opened.now++
    void connection.closed.then(() => opened.now--)
    return connection
  }
}
export const app = new Umbel('family', { broker: process.env.BROKER, backend: 'disabled', transports: [counting] })
`

const CHILD = `
import { parentPort } from 'node:worker_threads'
import { app, opened } from './app.mjs'
const before = opened.count
await app.sendTask('from.child')
const say = { before, after: opened.count }
await app.close()
if (parentPort) parentPort.postMessage(say)
else process.send(say, () => process.disconnect())
`

const PARENT = `
import { fork } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { app, opened } from './app.mjs'
await app.sendTask('from.parent')
const heard = child => new Promise(resolve => child.once('message', resolve))
const forked = await heard(fork('./child.mjs'))
const threaded = await heard(new Worker('./child.mjs'))
await app.sendTask('from.parent')
const connection = await app.connectionForRead()
const [{ ready }] = await (await connection.openChannel()).stat(['celery'])
await connection.close()
console.log(JSON.stringify({ forked, threaded, own: opened.now, ready }))
`

describe('a client’s children', () => {
  it('[C-27] forked processes and threads take over no connection and make their own; the parent’s stays', async () => {
    for (const [name, text] of Object.entries({ app: APP, child: CHILD, parent: PARENT }))
      writeFileSync(join(folder, `${name}.mjs`), text)
    const { stdout } = await promisify(execFile)(process.execPath, ['parent.mjs'], {
      cwd: folder,
      env: { ...process.env, BROKER: `sqlite://${join(folder, 'umbel.db')}` }
    })
    expect(JSON.parse(stdout)).toEqual({
      forked: { before: 0, after: 1 },
      threaded: { before: 0, after: 1 },
      own: 1,
      ready: 4
    })
  })
})
