import { expect, it } from '@jest/globals'
import { drained } from '../src/load.js'
import { withProject } from '../src/project.js'
import { startWatched } from '../src/sentinels.js'
import { until } from '../src/until.js'

/** Seconds. */
const PATIENCE = 30

it('[TR-15] a master that dies under load: the Sentinels name another, and no accepted task is lost', async () => {
  const watched = await startWatched()
  try {
    await withProject(async project => {
      await project.worker({ hostname: 'one@%h', concurrency: 4, lease: 2 })
      const client = project.client('stream', 's')
      const accepted = (more: number): Promise<unknown> => {
        const wanted = project.accepted().length + more
        const describe = (): string => `no more tasks are accepted: ${client.output.slice(-500)}`
        return until(() => (project.accepted().length >= wanted ? true : undefined), { seconds: PATIENCE, describe })
      }
      await accepted(60)
      await watched.master.kill()
      await accepted(60)
      await client.kill()
      const { lost, doubled } = await drained(project, PATIENCE)
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
    }, watched.ground)
  } finally {
    await watched.dispose()
  }
}, 100_000)
