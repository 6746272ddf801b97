import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AppLoadError, loadApp } from '@umbel/worker'

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const application = (name: string, as = 'app'): string =>
  `import { Umbel } from '@umbel/app'\nexport const ${as} = new Umbel('${name}')\n`

const FILES: Readonly<Record<string, string>> = {
  'single.ts': `${application('single')}export const second = new Umbel('second')\n`,
  'named.ts': application('called-celery', 'celery'),
  'odd.ts': application('oddly-named', 'shop'),
  'both.ts': `${application('the-odd-one', 'a')}export const celery = new Umbel('the-usual-one')\n`,
  'plain.cjs': "const { Umbel } = require('@umbel/app')\nmodule.exports = { app: new Umbel('common-js') }\n",
  'pkg/index.ts': application('of-the-index'),
  'pkg/celery.ts': application('not-this-one'),
  'pkg/mod.ts': application('of-pkg.mod'),
  'sub/index.ts': application('any-of-the-index', 'shop'),
  'sub/celery.ts': application('of-sub.celery', 'whatever'),
  'bare/celery.ts': application('of-bare.celery'),
  'bare/tasks.ts': "throw new Error('needs no loading')\n",
  'any/index.ts': application('any-of-the-index', 'shop'),
  'any/celery.ts': 'export const nothing = 1\n',
  'only/tasks.ts': application('of-the-tasks'),
  'broken.ts': "import 'a-package-that-nobody-has'\n",
  'throwing.ts': "throw new Error('no luck')\n",
  'empty.ts': 'export const nothing = 1\n',
  'wrong.ts': 'export const app = { listen() {} }\nexport class Shop {}\nexport const shop = new Shop()\n',
  'broken-pkg/celery.ts': "throw new Error('no luck')\n"
}

let folder: string

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'umbel-load-')))
  symlinkSync(MODULES, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function refusal(name: string): Promise<AppLoadError> {
  try {
    await loadApp(name, folder)
  } catch (error) {
    if (error instanceof AppLoadError) return error
    throw error
  }
  throw new Error(`${name} loads`)
}

describe('the application that -A names', () => {
  it.each([
    ['a module', 'single', 'single'],
    ['a path', './single.ts', 'single'],
    ['a module and an attribute', 'single:second', 'second'],
    ['CommonJS', 'plain', 'common-js'],
    ['a package: its index', 'pkg', 'of-the-index'],
    ['a module of a package', 'pkg.mod', 'of-pkg.mod'],
    ['a module of a package, as a path', './pkg/mod', 'of-pkg.mod'],
    ['the attribute celery', 'named', 'called-celery'],
    ['app and celery before any other', 'both', 'the-usual-one'],
    ['the sub-module celery', 'bare', 'of-bare.celery'],
    ['the sub-module celery before any other of the package', 'sub', 'of-sub.celery'],
    ['any application of the module', 'odd', 'oddly-named'],
    ['any application of the package', 'any', 'any-of-the-index'],
    ['a package with tasks only', 'only', 'of-the-tasks']
  ])('[A-27] is found by %s', async (_how, name, expected) => {
    expect((await loadApp(name, folder)).app.main).toBe(expected)
  })

  it('[A-27] may be missing, fail to load, lack the attribute or be something else: each says so', async () => {
    const [none, broken, throwing, empty, attribute, wrong, other] = await Promise.all(
      ['nowhere.at.all', 'broken', 'throwing', 'empty', 'single:secnd', 'wrong', 'wrong:shop'].map(refusal)
    )
    expect(none).toMatchObject({ code: 'APP_LOAD', reason: 'not-found' })
    expect(none?.message).toMatch(`no module named 'nowhere.at.all' in ${folder}`)
    expect(broken).toMatchObject({ reason: 'import-failed' })
    expect(broken?.message).toMatch(/broken\.ts does not load: .*a-package-that-nobody-has/)
    expect(throwing).toMatchObject({ reason: 'import-failed', cause: { message: 'no luck' } })
    expect(empty).toMatchObject({ reason: 'no-attribute' })
    expect(empty?.message).toMatch(/empty\.ts: no Umbel application among its exports \(nothing\)/)
    expect(attribute).toMatchObject({ reason: 'no-attribute' })
    expect(attribute?.message).toMatch(/single\.ts: has no export 'secnd'; did you mean 'second'\?/)
    expect(wrong).toMatchObject({ reason: 'wrong-type' })
    expect(wrong?.message).toMatch(/wrong\.ts: its export 'app' is no Umbel application but an object/)
    expect(other?.message).toMatch(/its export 'shop' is no Umbel application but Shop/)
  })

  it('is suggested where the name is nearly right', async () => {
    expect((await refusal('singel')).message).toMatch(
      "no module named 'singel' in " + folder + ", did you mean 'single'?"
    )
    expect((await refusal('./pgk')).message).toMatch("did you mean './pkg'?")
    expect((await refusal('./pkg/mood.ts')).message).toMatch("did you mean './pkg/mod.ts'?")
    expect((await refusal('./no/such/place')).message).not.toMatch('did you mean')
  })

  it('is not looked for elsewhere when the sub-module made for it fails', async () => {
    expect(await refusal('broken-pkg')).toMatchObject({ reason: 'import-failed' })
  })

  it('may be in an installed package', async () => {
    expect(await refusal('@umbel/app')).toMatchObject({ reason: 'no-attribute' })
  })
})
