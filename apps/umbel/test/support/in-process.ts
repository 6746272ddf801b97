import { PassThrough, Readable } from 'node:stream'
import { type CliEnvironment, main } from '@umbel/cli'
import { Umbel } from '../../src/index.js'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Circumstances {
  readonly env?: Record<string, string | undefined>
  readonly input?: string
  readonly tty?: boolean
}

/** The command within this process, which is quicker than a process of its own. `--workdir` is undone. */
export async function umbel(
  argv: readonly string[],
  { env = {}, input = '', tty = false }: Circumstances = {}
): Promise<Outcome> {
  const [stdout, stderr] = [capture(tty), capture(tty)]
  const environment: CliEnvironment = {
    createApp: options => new Umbel('default', options),
    stdin: Readable.from([input]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env
  }
  const folder = process.cwd()
  try {
    const code = await main(argv, environment)
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    process.chdir(folder)
  }
}

function capture(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY })
  let text = ''
  stream.setEncoding('utf8').on('data', (part: string) => (text += part))
  return { stream, text: () => text }
}
