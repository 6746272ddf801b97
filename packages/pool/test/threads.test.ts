import { createPool } from '@umbel/pool'
import { describePool } from '@umbel/pool/conformance'

describePool('threads', {
  create: options => createPool({ ...options, kind: 'threads', executors: 2 }),
  sharing: 'jobs'
})
