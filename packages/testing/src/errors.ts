import { UmbelError } from '@umbel/runtime'

/** A worker of a test does not answer, or does not end. */
export class TestWorkerError extends UmbelError {
  static override readonly code = 'TEST_WORKER'
}
