import { CommandError, suggest, toError, UmbelError } from '@umbel/runtime'
import type { Command, Invocation } from './command.js'
import { commands, LATER_COMMANDS } from './commands/index.js'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './errors.js'
import { EXIT } from './exit-codes.js'
import { app, globalOptions, help, noColor, quiet, version, workdir } from './options/global.js'
import { namesOf, type Option } from './options/option.js'
import { parseWords } from './options/parse.js'
import { Values } from './options/values.js'
import { Session } from './session.js'
import { Terminal } from './terminal.js'
import { readVersion } from './version.js'

/**
 * The `umbel` command: `argv` without the program's name. Answers the exit code: 0 done, 1 failure or cold stop,
 * 2 a command line that cannot be understood. Never rejects.
 */
export async function main(argv: readonly string[], environment: CliEnvironment): Promise<number> {
  try {
    return await dispatch(argv, environment)
  } catch (thrown) {
    const terminal = new Terminal(environment, { noColor: wantsNoColor(environment, argv), quiet: false })
    terminal.complain(explain(toError(thrown)))
    return exitCodeOf(thrown)
  }
}

async function dispatch(argv: readonly string[], environment: CliEnvironment): Promise<number> {
  const { name, words, given } = splitCommand(argv, environment)
  const { env, stdout } = environment
  if (given.has(version.name)) return print(environment, `umbel ${readVersion()}\n`)
  if (name === undefined) return print(environment, await (await import('./help.js')).describeAll(stdout.columns ?? 80))
  const command = await findCommand(name)
  const options = [...command.options, ...globalOptions]
  const parsed = parseWords(words, options, { later: command.later ?? [], owner: `umbel ${name}` })
  const globals = new Values(new Map([...parsed.given, ...given]), { env, command: '' })
  if (globals.has(version)) return print(environment, `umbel ${readVersion()}\n`)
  if (globals.has(help))
    return print(environment, await (await import('./help.js')).describeCommand(command, stdout.columns ?? 80))
  const values = new Values(parsed.given, { env, command: name })
  values.check(command.options)
  globals.check(globalOptions)
  const operand = operandOf(command, [...parsed.operands, ...parsed.rest])
  const terminal = new Terminal(environment, {
    noColor: wantsNoColor(environment, argv),
    quiet: globals.get(quiet) ?? false
  })
  if (environment.command === undefined) hintAtOldForm(terminal, command, { words, given: parsed.given })
  changeFolder(globals.get(workdir))
  return await perform(command, { values, operand, session: new Session(environment, terminal, globals) })
}

interface Split {
  readonly name: string | undefined
  /** Behind the command. */
  readonly words: readonly string[]
  /** Options in front of it. */
  readonly given: ReadonlyMap<string, string>
}

function splitCommand(argv: readonly string[], { command }: CliEnvironment): Split {
  if (command !== undefined) return { name: command, words: argv, given: new Map() }
  const { given, rest } = parseWords(argv, globalOptions, { halt: true, owner: 'umbel' })
  const [name, ...words] = rest
  if (name !== 'help') return { name, words, given }
  // `umbel help worker`, as people try.
  return { name: words[0], words: words.slice(1), given: new Map([...given, [help.name, 'true']]) }
}

async function perform(command: Command, invocation: Invocation): Promise<number> {
  try {
    return await command.run(invocation)
  } finally {
    await invocation.session.close()
  }
}

async function findCommand(name: string): Promise<Command> {
  const found = commands.find(command => command.name === name)
  if (found !== undefined) return await found.load()
  if (Object.hasOwn(LATER_COMMANDS, name))
    throw new UsageError(`umbel ${name}: this command is not built yet in this version of Umbel`)
  const near = suggest(name, [...commands.map(command => command.name), ...Object.keys(LATER_COMMANDS)])
  const known = commands.map(command => command.name).join(', ')
  throw new UsageError(
    `umbel: there is no command '${name}'${near === undefined ? '' : `, did you mean '${near}'?`} (known: ${known})`
  )
}

function operandOf({ name, operand }: Command, words: readonly string[]): string {
  const [first, ...others] = words
  if (operand === undefined && first !== undefined)
    throw new UsageError(`umbel ${name}: takes options only, got '${words.join(' ')}'`)
  if (operand !== undefined && first === undefined)
    throw new UsageError(`umbel ${name}: ${operand.name} is missing (${operand.describe})`)
  if (others.length > 0) throw new UsageError(`umbel ${name}: one ${operand?.name} only, got '${words.join(' ')}'`)
  return first ?? ''
}

interface OldForm {
  readonly words: readonly string[]
  readonly given: ReadonlyMap<string, string>
}

/** `umbel worker -A proj` is how Celery 4 was called: understood, with a word about the form of today. */
function hintAtOldForm(terminal: Terminal, command: Command, { words, given }: OldForm): void {
  const late = globalOptions.filter(option => given.has(option.name))
  if (late.length === 0) return
  const front = late.map(option => respell(option, given.get(option.name) ?? '')).join(' ')
  const others = words.length > 2 * late.length ? ' ...' : ''
  const subject = late.some(option => option.name === app.name) ? '-A/--app stands' : 'these options stand'
  terminal.hint(`${subject} in front of the command: umbel ${front} ${command.name}${others}`)
}

function respell(option: Option, value: string): string {
  const dashed = option.short === undefined ? `--${option.name}` : `-${option.short}`
  return option.flag === true ? dashed : `${dashed} ${value}`
}

function changeFolder(folder: string | undefined): void {
  if (folder === undefined) return
  try {
    process.chdir(folder)
  } catch (thrown) {
    throw new UsageError(`option --workdir: cannot change to '${folder}': ${toError(thrown).message}`, {
      cause: thrown
    })
  }
}

function wantsNoColor({ env }: CliEnvironment, argv: readonly string[]): boolean {
  const dashed = namesOf(noColor).map(name => (name.length === 1 ? `-${name}` : `--${name}`))
  return (
    argv.some(word => dashed.includes(word)) || (env['NO_COLOR'] ?? '') !== '' || (env['CELERY_NO_COLOR'] ?? '') !== ''
  )
}

function exitCodeOf(thrown: unknown): number {
  return thrown instanceof CommandError ? thrown.exitCode : EXIT.failure
}

function print({ stdout }: CliEnvironment, text: string): number {
  stdout.write(text)
  return EXIT.ok
}

/** Our own errors speak for themselves; any other is a mistake somewhere, and its place matters. */
function explain(error: Error): string {
  return error instanceof UmbelError ? `Error: ${error.message}` : `Error: ${error.stack ?? error.message}`
}
