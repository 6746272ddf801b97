import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApp, rejection } from './kit.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'umbel-modules-'))
  for (const path of [
    'a/tasks.ts',
    'a/tasks.js',
    'b/deep/tasks.mjs',
    'b/jobs.js',
    'node_modules/x/tasks.js',
    'c/other.js'
  ]) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), 'export {}\n')
  }
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

function recording(options: Parameters<typeof createApp>[0] = {}) {
  const loaded: string[] = []
  const app = createApp({
    importer: async specifier => {
      loaded.push(specifier.startsWith('file:') ? fileURLToPath(specifier).replace(`${folder}/`, '') : specifier)
    },
    ...options
  })
  return { app, loaded }
}

describe('task modules', () => {
  it('[A-25] are discovered when modules are loaded, or at once; in folders given or answered; missing ones are no error', async () => {
    const { app, loaded } = recording()
    await app.autodiscoverTasks([join(folder, 'a'), join(folder, 'b'), join(folder, 'missing')])
    await app.autodiscoverTasks(() => [join(folder, 'b')], { relatedName: 'jobs' })
    expect(loaded).toEqual([])
    await app.loadModules()
    expect(loaded).toEqual(['a/tasks.ts', 'b/deep/tasks.mjs', 'b/jobs.js'])
    await app.loadModules()
    expect(loaded).toHaveLength(3)
    await app.autodiscoverTasks([folder], { relatedName: 'other', force: true })
    expect(loaded.at(-1)).toBe('c/other.js')
    expect(loaded.some(path => path.includes('node_modules'))).toBe(false)
  })

  it('[A-26] are loaded as imports and include say, each once', async () => {
    const { app, loaded } = recording({ imports: ['first', join(folder, 'b/jobs.js')], include: ['second', 'first'] })
    await app.loadModules()
    expect(loaded).toEqual(['first', 'b/jobs.js', 'second'])
  })

  it('may be tried again when one did not load', async () => {
    let fails = true
    const { app } = recording({
      include: ['proj.broken'],
      importer: async () => {
        if (fails) throw new SyntaxError('unexpected token')
      }
    })
    expect((await rejection(app.loadModules())).message).toBe('unexpected token')
    fails = false
    await app.loadModules()
    expect(app.finalized).toBe(true)
  })

  it('loads a real module with Node alone', async () => {
    const name = `${basename(folder)}.loaded`
    await writeFile(join(folder, 'real.mjs'), `globalThis[Symbol.for('${name}')] = true\n`)
    const app = createApp({ include: [join(folder, 'real.mjs')] })
    await app.loadModules()
    expect(Reflect.get(globalThis, Symbol.for(name))).toBe(true)
  })
})
