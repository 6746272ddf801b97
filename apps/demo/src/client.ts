import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chain, chord, group } from 'umbel'
import { type Answer, Report } from './report.js'
import { app, checksum, download, flaky, list, now, size, sum } from './tasks.js'

/** The client of the demo: its own process, which knows the files that are served and asks the worker for the rest. */
const [, , origin = '', source = '', ...files] = process.argv
const report = new Report()
const TIMEOUT = 15
/** What the refusal of a result store that is none (rpc) names. */
const REFUSAL = /Set `resultBackend`/
const stores = process.env['DEMO_STORES'] !== '0'

await report.check(`download all ${files.length} files, as a group`, async () => {
  const downloads = group(files.map(file => download.s(`${origin}/${file}`, file)))
  const saved = await (await downloads.delay()).get({ timeout: TIMEOUT })
  return { got: saved, wanted: files, said: `${saved.length} files saved` }
})

await report.check('list() them', async () => {
  const names = await list.delay().get({ timeout: TIMEOUT })
  return { got: names, wanted: files.toSorted(), said: `${names.slice(0, 3).join(', ')} …` }
})

await report.check('download | checksum, as a chain', async () => {
  const [file = ''] = files
  const sha = await (await chain(download.s(`${origin}/${file}`, file), checksum.s()).delay()).get({ timeout: TIMEOUT })
  const truth = createHash('sha256')
    .update(await readFile(join(source, file)))
    .digest('hex')
  return { got: sha, wanted: truth, said: `${file}: sha256 ${sha.slice(0, 16)}…` }
})

await report.check('add up the sizes, as a chord', async () => {
  const sizesOf = chord(
    files.map(file => size.s(file)),
    sum.s()
  )
  if (!stores) return await refused(() => sizesOf.delay())
  const total = await (await sizesOf.delay()).get({ timeout: TIMEOUT })
  const sizes = await Promise.all(files.map(async file => (await readFile(join(source, file))).length))
  return { got: total, wanted: sizes.reduce((a, b) => a + b, 0), said: `${total} bytes` }
})

await report.check('a task that fails twice and is retried', async () => {
  const said = await flaky.delay(2).get({ timeout: TIMEOUT })
  return { got: said, wanted: 'succeeded at attempt 3', said }
})

await report.check('a countdown of 2 s', async () => {
  const asked = Date.now()
  const ran = await now.applyAsync([], { countdown: 2 }).get({ timeout: TIMEOUT })
  const waited = (ran - asked) / 1000
  return { got: waited >= 1.99 && waited < 4, wanted: true, said: `it ran after ${waited.toFixed(2)} s` }
})

await report.check('a download that fails says why', async () => {
  const error = await download.delay(`${origin}/no-such-file`, 'none').get({ timeout: TIMEOUT, propagate: false })
  const said = error instanceof Error ? error.message : String(error)
  return { got: said.includes('answered 404'), wanted: true, said }
})

await report.check('a result fetched later by its id alone', async () => {
  const { id } = await size.delay(files[0] ?? '')
  const value = await app.asyncResult<number>(id).get({ timeout: TIMEOUT })
  process.send?.({ id, value })
  return { got: value > 0, wanted: true, said: `${id} → ${value}` }
})

process.exitCode = report.finish()

/** rpc:// keeps no results: chords are refused, by an error that names stores which do. */
async function refused(work: () => PromiseLike<unknown>): Promise<Answer> {
  const said = await work().then(
    () => 'it was not refused',
    (error: Error) => error.message
  )
  return { got: REFUSAL.test(said), wanted: true, said: `refused, as it must be: ${said.slice(0, 60)}…` }
}
process.disconnect?.()
