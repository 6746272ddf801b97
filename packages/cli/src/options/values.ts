import { UsageError } from '../errors.js'
import { type Option, spell } from './option.js'

/** Variables that a command's options are read from: `worker` gives CELERY_WORKER_LOGLEVEL. */
export interface Variables {
  readonly env: Readonly<Record<string, string | undefined>>
  /** '' for options in front of the command. */
  readonly command: string
}

/** The options of one command line, read when they are asked for. */
export class Values {
  readonly #given: ReadonlyMap<string, string>
  readonly #variables: Variables

  constructor(given: ReadonlyMap<string, string>, variables: Variables) {
    this.#given = given
    this.#variables = variables
  }

  /** @throws UsageError naming the option or the variable, what was expected and what came */
  get<T>(option: Option<T>): T | undefined {
    const given = this.#given.get(option.name)
    if (given !== undefined) return read(option, given, `option ${spell(option)}`)
    const [variable, text] = this.#variable(option)
    return text === undefined || text === '' ? undefined : read(option, text, `environment variable ${variable}`)
  }

  has(option: Option): boolean {
    return this.#given.has(option.name)
  }

  /** Reads everything once, so that a wrong value is told before anything is done. */
  check(options: readonly Option[]): void {
    for (const option of options) this.get(option)
  }

  #variable({ name, fromEnvironment = true }: Option): readonly [string, string | undefined] {
    if (!fromEnvironment) return ['', undefined]
    const { env, command } = this.#variables
    const tail = [command, name]
      .filter(part => part !== '')
      .join('_')
      .replaceAll('-', '_')
      .toUpperCase()
    const variable = [`UMBEL_${tail}`, `CELERY_${tail}`].find(candidate => env[candidate] !== undefined)
    return variable === undefined ? ['', undefined] : [variable, env[variable]]
  }
}

function read<T>(option: Option<T>, text: string, origin: string): T {
  try {
    return option.read(text)
  } catch (thrown) {
    if (thrown instanceof UsageError) throw new UsageError(`${origin}: ${thrown.message}`, { cause: thrown })
    throw thrown
  }
}
