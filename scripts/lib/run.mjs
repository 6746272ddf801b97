// Child processes: captured, or with the terminal handed through. Whatever is started here ends with us.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const running = new Set()

/**
 * Runs a command and collects what it prints.
 * After `timeout` seconds it is killed with everything it started; `timedOut` says so.
 */
export function capture(command, args, { cwd, env, timeout } = {}) {
  return new Promise(resolve => {
    const started = performance.now()
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const outcome = { code: 1, stdout: '', output: '', timedOut: false }
    running.add(child)
    child.stdout.on('data', chunk => {
      outcome.stdout += chunk
      outcome.output += chunk
    })
    child.stderr.on('data', chunk => (outcome.output += chunk))
    const timer = timeout && setTimeout(() => (outcome.timedOut = endGroup(child)), timeout * 1000)
    const finish = code => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ ...outcome, code: code ?? 1, seconds: (performance.now() - started) / 1000 })
    }
    child.on('error', error => {
      outcome.output += `${error.message}\n`
      finish(127)
    })
    child.on('close', finish)
  })
}

/** Runs a command on this terminal and answers its exit code (128 + n when signal n ended it). */
export function attach(command, args, { cwd, env } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' })
    // Ctrl+C reaches the child through the terminal; we wait for what it makes of it.
    const patient = () => {}
    const forward = () => child.kill('SIGTERM')
    process.on('SIGINT', patient)
    process.on('SIGTERM', forward)
    const finish = code => {
      process.off('SIGINT', patient)
      process.off('SIGTERM', forward)
      resolve(code)
    }
    child.on('error', error => {
      process.stderr.write(`${command}: ${error.message}\n`)
      finish(127)
    })
    child.on('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]))
  })
}

/** Ends captured children when this process is told to end. */
export function endChildrenOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      for (const child of running) endGroup(child)
      process.exit(128 + constants.signals[signal])
    })
  }
}

function endGroup(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
  return true
}

/** Runs `work` over the items, at most `limit` at once; answers in the order of the items. */
export async function atMost(limit, items, work) {
  const answers = []
  const queue = [...items.entries()]
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) answers[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return answers
}
