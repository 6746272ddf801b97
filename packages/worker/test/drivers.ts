import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { sqlBackend } from '@umbel/backend-sql'
import { createMemory } from '@umbel/memory'
import { SqlDatabases } from '@umbel/sql'
import { sql } from '@umbel/transport-sql'
import type { Drivers } from './rig.js'

/** Every driver there is, for `describe.each`: each call makes a broker and a store of its own. */
export const DRIVERS: readonly (readonly [name: string, create: () => Drivers])[] = [
  ['memory', () => ({ ...createMemory(), url: 'memory://rig' })],
  ['SQLite', createSqlite]
]

const folders: string[] = []

function createSqlite(): Drivers {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-worker-'))
  folders.push(folder)
  const databases = new SqlDatabases()
  const url = `sqlite:///${join(folder, 'umbel.db')}`
  return { transport: sql({ databases }), backend: sqlBackend({ databases }), url }
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
