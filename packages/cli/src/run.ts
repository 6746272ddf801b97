import type { CliEnvironment } from './environment.js'
import { main } from './main.js'

export interface RunOptions extends Pick<CliEnvironment, 'command' | 'application'> {
  /** @default the words behind the program's name */
  readonly argv?: readonly string[]
}

/** Runs the command in this process and ends it with the exit code, whatever user code left open. */
export async function run(createApp: CliEnvironment['createApp'], options: RunOptions = {}): Promise<never> {
  const { argv = process.argv.slice(2), ...rest } = options
  const { stdout, stderr } = process
  // Whoever read our output may be gone (`umbel report | head -1`): no reason to fail.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
  const code = await runHere(createApp, { argv, ...rest })
  await Promise.all([stdout, stderr].map(stream => new Promise(resolve => stream.write('', resolve))))
  process.exit(code)
}

/** Runs the command in this process and answers the exit code. */
export async function runHere(createApp: CliEnvironment['createApp'], options: RunOptions = {}): Promise<number> {
  const { argv = process.argv.slice(2), ...rest } = options
  const { stdin, stdout, stderr, env } = process
  return await main(argv, { createApp, stdin, stdout, stderr, env, ...rest })
}
