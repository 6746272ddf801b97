import { spawn } from 'node:child_process'

export interface Figures {
  readonly [name: string]: number
}

/** What a program printed in its last line, as JSON. @throws Error when it ended with another code than 0 */
export async function runProgram(
  command: readonly string[],
  { env, seconds = 300 }: { readonly env: NodeJS.ProcessEnv; readonly seconds?: number }
): Promise<Figures> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  clearTimeout(late)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with code ${code}\n${output.slice(-2000)}`)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Figures
}
