import { createPool } from '@umbel/pool'
import { describePool } from '@umbel/pool/conformance'

describePool('one job per thread', {
  create: options => createPool({ ...options, kind: 'threads', executors: Number.POSITIVE_INFINITY }),
  sharing: 'none'
})
