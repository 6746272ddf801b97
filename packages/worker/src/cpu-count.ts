import { availableParallelism } from 'node:os'

/** CPUs that this process may use; 2 when they cannot be counted. (celery.worker.WorkController) */
export function cpuCount(count: () => number = availableParallelism): number {
  try {
    return Math.max(0, Math.trunc(count())) || 2
  } catch {
    return 2
  }
}
