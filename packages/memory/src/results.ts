import type { BackendFactory } from '@umbel/backend'
import { MemoryBackend } from './results-backend.js'
import { ResultTable } from './results-table.js'

/**
 * A result store in this process. Stores are named by URL, and belong to the factory that this call makes:
 * `memory://jobs` is one store for all its connections. (Celery's `cache+memory://`, with push and chords)
 */
export function memoryBackend(): BackendFactory {
  const tables = new Map<string, ResultTable>()
  return {
    name: 'memory',
    schemes: ['memory', 'cache+memory'],
    connect: async (url, options = {}) => new MemoryBackend(tableOf(tables, url), url, options)
  }
}

/** memory://name, memory://, memory:///name: the name is all between the scheme and the query. */
function tableOf(tables: Map<string, ResultTable>, url: string): ResultTable {
  const name = url.replace(/^[a-z+]*:?\/*/, '').replace(/[/?].*$/, '')
  const known = tables.get(name)
  if (known !== undefined) return known
  const table = new ResultTable()
  tables.set(name, table)
  return table
}
