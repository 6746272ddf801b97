import type { Report } from '@umbel/pool'
import type { WorkerRequest } from '../consume/request.js'
import type { TaskLog } from './task-log.js'

/** The log line of a report. */
export function logReport(log: TaskLog, request: WorkerRequest, report: Report): void {
  switch (report.kind) {
    case 'success':
      return log.succeeded(request, report)
    case 'failure':
      return log.failed(request, report)
    case 'retry':
      return log.retried(request, report.repr)
    case 'ignore':
    case 'replaced':
      return log.ignored(request)
    case 'reject':
      return log.rejected(request, report.reason)
    case 'undecodable':
      return log.unreadable(request.delivery.queue, report.reason)
    case 'lost':
      return log.lost(request, report.reason)
    case 'displaced':
      return log.lost(request, 'it was ended for a neighbour')
    case 'ended':
      return log.lost(request, `ended (${report.by})`)
  }
}
