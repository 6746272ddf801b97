import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { TaskRevokedError, Umbel } from 'umbel'
import { BROKERS } from '../src/grounds.js'
import { withProject } from '../src/project.js'
import { until } from '../src/until.js'

describe.each(BROKERS)('a worker on %s that is killed', broker => {
  it('is followed by one of its name, which hears commands within seconds, and knows what was revoked meanwhile', async () => {
    await withProject(async project => {
      const { broker: url, backend, queue, env } = project.ground
      const keys = env['E2E_PREFIX'] === undefined ? {} : { global_keyprefix: env['E2E_PREFIX'] }
      const hostname = `w-${randomUUID()}@here`
      const settings = { taskDefaultQueue: queue, resultBackendTransportOptions: keys }
      const app = new Umbel('control', { broker: url, backend, ...settings })
      const answers = async (): Promise<true | undefined> =>
        (await app.control.ping({ destination: hostname, timeout: 0.5 })).length === 1 ? true : undefined
      try {
        const first = await project.worker({ hostname, lease: 2 })
        expect(await answers()).toBe(true)
        await first.kill()
        const sent = await app.sendTask('e2e.add', [randomUUID()])
        await sent.revoke()
        const second = await project.worker({ hostname, lease: 2 })
        await until(answers, { seconds: 15, describe: () => `nobody answers:\n${second.output}` })
        await expect(sent.get({ timeout: 10 })).rejects.toThrow(TaskRevokedError)
        await second.prints(/Discarding revoked task/)
        await second.end()
        expect(await answers()).toBeUndefined()
      } finally {
        await app.close()
      }
    }, broker)
  }, 60_000)
})
