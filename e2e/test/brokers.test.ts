import { describe, expect, it } from '@jest/globals'
import { SERVERS } from '../src/grounds.js'
import { withProject } from '../src/project.js'

describe.each(SERVERS)('client and worker on %s', broker => {
  it('a call, a chain, a chord and a countdown; a third process reads each result; clients end by themselves', async () => {
    await withProject(async project => {
      await project.worker({ concurrency: 4 })
      const values = { add: '7', chain: '2', chord: '3', countdown: '1' }
      const sent = [
        await project.client('add', '3', '4').finished(5),
        await project.client('chain', 'a').finished(5),
        await project.client('chord', 'b').finished(5),
        await project.client('later', 'c', '1.5').finished(5)
      ]
      const ids = sent.map(said => /(?:id|accepted \S+) (\S+)\s*$/.exec(said)?.[1] ?? '')
      const read = ids.map(id => project.client('result', id).finished())
      expect(await Promise.all(read)).toEqual(Object.values(values).map(value => `result ${value}\n`))
      expect(project.tally()).toEqual({ lost: [], again: [], doubled: [] })
    }, broker)
  }, 40_000)
})
