import { describe, it } from '@jest/globals'
import { describeFaults } from './faults/suite.js'

if (process.env['UMBEL_SOAK'] === '1')
  describeFaults('faults of a broker, for half a minute each', { away: 30, timeout: 1800 })
else describe.skip('faults of a broker, for half a minute each', () => it('runs in npm run soak', () => undefined))
