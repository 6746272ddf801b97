import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, chmodSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@umbel/test-kit'
import type { ServerName } from '../grounds.js'
import { until } from '../until.js'

interface Place {
  readonly program: string
  readonly folder: string
  readonly port: number
  readonly ports: Readonly<Record<string, number>>
}
interface Command {
  readonly file: string
  readonly args: readonly (string | number)[]
  readonly env?: Readonly<Record<string, string>>
}
interface Recipe {
  readonly extraPorts?: readonly string[]
  find(): string | undefined
  url(place: Place): string
  prepare?(place: Place): Promise<void>
  command(place: Place): Command | Promise<Command>
  ready(place: Place): Promise<boolean>
  clearUp?(place: Place): Promise<void>
}

/** Redis forgets nothing that it has answered. */
const MORE: Readonly<Record<ServerName, readonly string[]>> = {
  redis: ['--appendonly', 'yes', '--appendfsync', 'always'],
  rabbitmq: [],
  postgres: []
}
/** Seconds. */
const PATIENCE = 60

/** A server of one suite's own, as scripts/services starts them, that may be killed and started again. */
export class OwnServer {
  readonly url: string
  readonly port: number
  readonly #recipe: Recipe
  readonly #place: Place
  readonly #command: Command
  #process: ChildProcess | undefined

  private constructor(recipe: Recipe, place: Place, command: Command) {
    this.#recipe = recipe
    this.#place = place
    this.#command = command
    this.url = recipe.url(place)
    this.port = place.port
  }

  /** `settings`: lines of RabbitMQ's configuration. */
  static async start(name: ServerName, settings: readonly string[] = []): Promise<OwnServer> {
    const recipe = await recipeOf(name)
    const program = recipe.find()
    if (program === undefined) throw new Error(`${name} is not installed on this machine`)
    const place = { program, ...(await placeFor(name, recipe)) }
    await recipe.prepare?.(place)
    for (const line of settings) appendFileSync(join(place.folder, 'rabbitmq.conf'), `${line}\n`)
    const { args, ...command } = await recipe.command(place)
    const server = new OwnServer(recipe, place, { ...command, args: [...args, ...MORE[name]] })
    await server.start()
    return server
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { file, args, env = {} } = this.#command
    const log = openSync(join(this.#place.folder, 'server.log'), 'a')
    const options = { cwd: this.#place.folder, env: { ...process.env, ...env }, detached: true }
    this.#process = spawn(file, args.map(String), { ...options, stdio: ['ignore', log, log] })
    process.once('exit', this.#signal)
    const ready = async (): Promise<true | undefined> => ((await this.#recipe.ready(this.#place)) ? true : undefined)
    await until(ready, { seconds: PATIENCE, describe: () => `${file} does not answer` })
  }

  /** kill -9, with all that it started. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined) return
    this.#process = undefined
    process.off('exit', this.#signal)
    const gone = new Promise(resolve => child.once('exit', resolve))
    end(child)
    await gone
    await this.#recipe.clearUp?.(this.#place)
  }

  /** Runs one of its tools: `rabbitmqctl`. */
  async tool(file: string, ...args: readonly string[]): Promise<void> {
    const { env = {} } = this.#command
    const child = spawn(file, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
    const code = await new Promise(resolve => child.once('close', resolve))
    if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with code ${String(code)}`)
  }

  get env(): Readonly<Record<string, string>> {
    return this.#command.env ?? {}
  }

  async dispose(): Promise<void> {
    await this.kill()
    await rm(this.#place.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  readonly #signal = (): void => {
    if (this.#process !== undefined) end(this.#process)
  }
}

/** The group: a server is a shell script and what it starts. */
function end({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

async function recipeOf(name: ServerName): Promise<Recipe> {
  const file = new URL('../../../../scripts/services/recipes.mjs', import.meta.url)
  const { recipes } = (await import(file.href)) as { readonly recipes: Readonly<Record<ServerName, Recipe>> }
  return recipes[name]
}

async function placeFor(name: ServerName, { extraPorts = [] }: Recipe): Promise<Omit<Place, 'program'>> {
  const folder = await mkdtemp(join(tmpdir(), `umbel-${name}-`))
  // PostgreSQL runs as somebody else.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const ports: Record<string, number> = {}
  for (const each of extraPorts) ports[each] = await freePort()
  return { folder, port, ports }
}
