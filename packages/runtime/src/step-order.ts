import { UmbelError } from './errors.js'
import type { Step } from './service.js'
import { suggest } from './suggest.js'

/** The steps of a blueprint cannot be put in an order: a cycle, an unknown or a doubled name. */
export class StepOrderError extends UmbelError {
  static override readonly code = 'STEP_ORDER'
}

/**
 * The steps so that each comes after those it requires; else in the order given.
 * @throws StepOrderError with the path for a cycle, an unknown or a doubled name
 */
export function orderSteps<Context>(steps: readonly Step<Context>[]): readonly Step<Context>[] {
  const byName = indexByName(steps)
  const done = new Set<string>()
  const ordered: Step<Context>[] = []
  for (const step of steps) visit(step, [])
  return ordered

  function visit(step: Step<Context>, path: readonly string[]): void {
    if (done.has(step.name)) return
    const here = [...path, step.name]
    if (path.includes(step.name)) throw new StepOrderError(`Steps require each other: ${arrows(cycleOf(here))}`)
    for (const name of step.requires ?? []) visit(find(name, here), here)
    done.add(step.name)
    ordered.push(step)
  }

  function find(name: string, path: readonly string[]): Step<Context> {
    const found = byName.get(name)
    if (found !== undefined) return found
    const near = suggest(name, byName.keys())
    const hint = near === undefined ? `known are ${[...byName.keys()].join(', ')}` : `did you mean '${near}'?`
    throw new StepOrderError(`Unknown step '${name}' is required: ${arrows([...path, name])} (${hint})`)
  }
}

function indexByName<Context>(steps: readonly Step<Context>[]): ReadonlyMap<string, Step<Context>> {
  const byName = new Map<string, Step<Context>>()
  for (const step of steps) {
    if (byName.has(step.name)) throw new StepOrderError(`Two steps are named '${step.name}'; names must differ`)
    byName.set(step.name, step)
  }
  return byName
}

function cycleOf(path: readonly string[]): readonly string[] {
  return path.slice(path.indexOf(path.at(-1) ?? ''))
}

function arrows(path: readonly string[]): string {
  return path.join(' → ')
}
