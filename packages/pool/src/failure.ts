import { toError } from '@umbel/runtime'
import type { Report, ReportHead } from './contract.js'

/** A report for what the executor itself failed to report. */
export function failureReport(head: ReportHead, excType: string, thrown: unknown): Report {
  const error = toError(thrown)
  return {
    key: head.key,
    runtime: head.runtime,
    kind: 'failure',
    error: { exc_type: excType, exc_message: [error.message], exc_module: EXCEPTION_MODULES[excType] ?? null },
    traceback: error.stack ?? error.message,
    repr: `${excType}(${JSON.stringify(error.message)})`,
    expected: false
  }
}

/** Where Python finds these classes. */
const EXCEPTION_MODULES: Readonly<Record<string, string>> = {
  EncodeError: 'kombu.exceptions',
  RuntimeError: 'builtins'
}
