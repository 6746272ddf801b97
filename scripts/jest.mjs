// Runs jest on the compiled tests of the package it is called in: the shipped code is what is tested.
// `--tests <folder>` names another folder than dist/test; all other arguments are jest's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { knownServers } from './services/known.mjs'

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url))
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--expose-gc']
const given = process.argv.slice(2)
const at = given.indexOf('--tests')
const [, folder] = at < 0 ? [] : given.splice(at, 2)
const config = { rootDir: resolve(folder ?? 'dist/test'), testEnvironment: 'node', transform: {}, testTimeout: 20_000 }

if (!existsSync(config.rootDir)) process.exit(0)
const { env, lacking } = knownServers(process.cwd())
if (lacking.length > 0) {
  process.stderr.write(`these tests need ${lacking.join(', ')}: npm run services -- up ${lacking.join(' ')}\n`)
  process.exit(1)
}
const args = [...flags, jest, '--config', JSON.stringify(config), '--passWithNoTests', ...given]
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1)
