import { afterEach, expect, it } from '@jest/globals'
import { migrate, openDatabase } from '@umbel/sql'
import { runScript, temporaryFolder } from '@umbel/test-kit'
import { join } from 'node:path'

const folders: { dispose(): void }[] = []
afterEach(() => folders.splice(0).forEach(folder => folder.dispose()))

it('keeps its hold on a file that it opens a second time: visitors from other processes leave its log alone', async () => {
  const folder = temporaryFolder()
  folders.push(folder)
  const path = join(folder.path, 'umbel.db')
  const first = await openDatabase(`sqlite://${path}`)
  await migrate(first, { name: 'test', steps: [['CREATE TABLE item (text TEXT)']] })
  const second = await openDatabase(`sqlite://${path}`)
  const insert = (): Promise<number> => first.write(session => session.run("INSERT INTO item VALUES ('own')"))
  for (const expected of ['2', '4', '6']) {
    await insert()
    const visitor = runScript(new URL('./fixtures/visitor.js', import.meta.url), path)
    expect(await visitor.exit).toEqual({ code: 0, signal: null })
    expect(visitor.lines).toEqual([expected])
  }
  await second.close()
  await insert()
  const last = runScript(new URL('./fixtures/visitor.js', import.meta.url), path)
  await last.exit
  expect(last.lines).toEqual(['8'])
  await first.close()
})
