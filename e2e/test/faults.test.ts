import { describeFaults } from './faults/suite.js'

describeFaults('faults of a broker, for two seconds each', { away: 1.5, timeout: 240 })
