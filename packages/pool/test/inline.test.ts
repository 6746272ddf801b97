import { createPool } from '@umbel/pool'
import { describePool } from '@umbel/pool/conformance'

describePool('inline', {
  create: options => createPool({ ...options, kind: 'inline', executors: 1 }),
  sharing: 'control'
})
