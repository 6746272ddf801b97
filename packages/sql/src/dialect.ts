import type { SqlDialect } from './contract.js'

export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  skipLocked: '',
  unfold: '(SELECT value FROM json_each(?))'
}
