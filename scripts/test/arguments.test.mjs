import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { filesBelow, repository } from '../lib/workspaces.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture?.remove())

// jest.mjs hands its arguments to jest, --help too.
const scripts = filesBelow(join(repository, 'scripts'))
  .map(file => file.slice(join(repository, 'scripts').length + 1))
  .filter(name => /^[\w-]+\.mjs$/.test(name) && name !== 'jest.mjs')

function run(name, ...args) {
  return new Promise(resolve => {
    execFile(process.execPath, [join(repository, 'scripts', name), ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr })
    )
  })
}

describe('our scripts', () => {
  it.each(scripts)('%s says how it is called', async name => {
    const { code, stdout, stderr } = await run(name, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^usage: npm (run|test)/)
    expect((await run(name, '-h')).stdout).toBe(stdout)
  })

  it.each([
    ['parity.mjs', ['--jsn'], "Unknown option '--jsn'"],
    ['parity.mjs', ['now'], "Unexpected argument 'now'"],
    ['parity.mjs', ['--sample'], "Option '--sample <value>' argument missing"],
    ['parity.mjs', ['--sample', 'some'], "--sample takes a whole number of at least 0, got 'some'"],
    ['check.mjs', ['--fix'], "Unknown option '--fix'"]
  ])('%s refuses %j in a line', async (name, args, complaint) => {
    const { code, stdout, stderr } = await run(name, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(complaint)
    expect(stderr).toMatch(/\nusage: npm run \S+.*; more with --help\n$/)
    expect(stderr.split('\n')).toHaveLength(3)
  })
})

describe('check-packages', () => {
  const manifest = { name: 'thing', version: '1.0.0', type: 'module', files: ['index.js'], license: 'MIT' }
  const repositoryWith = (exports, more = {}) =>
    tree({
      'package.json': { workspaces: ['packages/*'] },
      'packages/thing/package.json': { ...manifest, exports, ...more },
      'packages/thing/index.js': 'export const one = 1\n'
    })

  it('finds what npm would pack badly', async () => {
    fixture = repositoryWith({ '.': './missing.js' })
    const { code, stdout } = await run('check-packages.mjs', fixture.root)
    expect(code).toBe(1)
    expect(stdout).toMatch(/packages\/thing: error: .*missing\.js.*\npackages: 1 to publish, 1 complaints\n/)
  })

  it('is content with what works, and leaves alone what is private', async () => {
    fixture = repositoryWith({ '.': './index.js' })
    expect(await run('check-packages.mjs', fixture.root)).toMatchObject({ code: 0 })
    fixture.remove()
    fixture = repositoryWith({ '.': './missing.js' }, { private: true })
    expect(await run('check-packages.mjs', fixture.root)).toMatchObject({
      code: 0,
      stdout: 'packages: 0 to publish, 0 complaints\n'
    })
  })
})
