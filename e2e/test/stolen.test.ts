import { describe } from '@jest/globals'
import { stolenSuite } from './stolen/suite.js'

describe('a running task is never stolen', () => {
  stolenSuite({ visibility: 2, work: 7, lease: 1 })
})
