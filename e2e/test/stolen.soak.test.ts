import { describe } from '@jest/globals'
import { stolenSuite } from './stolen/suite.js'

const soak = process.env['UMBEL_SOAK'] === '1' ? describe : describe.skip

soak('a running task of a minute is never stolen', () => {
  stolenSuite({ visibility: 10, work: 60, lease: 6 })
})
