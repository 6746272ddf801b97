import { pythonRepr } from '../repr/saferepr.js'
import type { ErrorData } from '../result-meta.js'
import { isMapping } from '../shown.js'
import { errorToData } from './data.js'

/** An error, or its data, as Python's repr() shows the exception: `ValueError('boom', 42)`. Never throws. */
export function errorRepr(error: unknown): string {
  const { exc_type: type, exc_message: args } = isErrorData(error) ? error : errorToData(error)
  const name = type.slice(type.lastIndexOf('.') + 1)
  if (name === 'NotRegistered')
    return `Task of kind ${pythonRepr(args[0])} never registered, please make sure it's imported.`
  if (name === 'Reject') return rejectRepr(args)
  return `${name}(${args.map(argument => pythonRepr(argument)).join(', ')})`
}

function rejectRepr([reason, requeue]: readonly unknown[]): string {
  return `reject requeue=${requeue === true ? 'True' : 'False'}: ${typeof reason === 'string' ? reason : pythonRepr(reason)}`
}

function isErrorData(value: unknown): value is ErrorData {
  return isMapping(value) && typeof value['exc_type'] === 'string' && Array.isArray(value['exc_message'])
}
