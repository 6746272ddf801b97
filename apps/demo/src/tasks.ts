import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Umbel } from 'umbel'

/** Where the downloaded files are kept. */
export const folder = process.env['DOWNLOADS'] ?? 'downloads'

/** A queue of its own: other workers may be at home on the broker that the demo is given. */
export const app = new Umbel('downloader', { taskDefaultQueue: 'umbel-demo' })

/** Downloads a page and saves it; gives the file's name. */
export const download = app.task(
  'downloader.download',
  { bind: true, maxRetries: 3, acksLate: true },
  async (task, url: string, filename: string): Promise<string> => {
    const response = await fetch(url, { signal: task.signal })
    if (response.status >= 500) task.retry({ countdown: 1, exc: new Error(`${url} answered ${response.status}`) })
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, filename), new Uint8Array(await response.arrayBuffer()))
    return filename
  }
)

/** The downloaded files. */
export const list = app.task('downloader.list', async (): Promise<string[]> => (await readdir(folder)).sort())

export const checksum = app.task('downloader.checksum', async (filename: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(join(folder, filename))) hash.update(chunk as Buffer)
  return hash.digest('hex')
})

/** Bytes of a downloaded file. */
export const size = app.task(
  'downloader.size',
  async (filename: string): Promise<number> => (await stat(join(folder, filename))).size
)

export const sum = app.task('downloader.sum', (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0))

/** Fails as often as it is told, and succeeds then. */
export const flaky = app.task('downloader.flaky', { bind: true }, (task, failures: number): string => {
  const { retries } = task.request
  if (retries < failures) task.retry({ countdown: 0.2, exc: new Error(`failure ${retries + 1} of ${failures}`) })
  return `succeeded at attempt ${retries + 1}`
})

/** When it ran, milliseconds since the epoch. */
export const now = app.task('downloader.now', (): number => Date.now())
