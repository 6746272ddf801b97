import { setTimeout as pause } from 'node:timers/promises'
import { type AsyncResult, chain, chord } from 'umbel'
import { app, add, body, early, hold, holdEarly, late, next } from '../tasks.js'

/** `client.js <command> <args>`: what a caller does, in a process of its own. */
const [, , command = '', ...args] = process.argv

const UNDER_WAY = 20

const commands: Readonly<Record<string, (...given: string[]) => Promise<void>>> = {
  /** One task; `send late k1`. */
  async send(task, key = '') {
    accepted(key, (await choose(task)(key)).id)
  },

  /** Due after so many seconds. */
  async later(key = '', seconds = '1') {
    accepted(key, (await late.applyAsync([key], { countdown: Number(seconds) })).id)
  },

  async hold(key = '', gate = '') {
    accepted(key, (await hold.delay(key, gate)).id)
  },

  async holdEarly(key = '', gate = '') {
    accepted(key, (await holdEarly.delay(key, gate)).id)
  },

  /** Two steps. */
  async chain(key = '') {
    const result = await chain(late.s(`${key}.1`), next.s(`${key}.2`)).delay()
    accepted(`${key}.1`, '')
    accepted(`${key}.2`, result.id)
  },

  /** Two members, the second due when the first is long done, so that each is counted by itself. */
  async chord(key = '') {
    const header = [late.s(`${key}.1`), late.s(`${key}.2`).set({ countdown: 1 })]
    const result = await chord(header, body.s(`${key}.body`)).delay()
    accepted(`${key}.1`, '')
    accepted(`${key}.2`, '')
    accepted(`${key}.body`, result.id)
  },

  /** One after the other, without a look at results. */
  async serial(task, key = '', count = '10') {
    for (let index = 0; index < Number(count); index++)
      accepted(`${key}.${index}`, (await choose(task)(`${key}.${index}`)).id)
  },

  /** Until it is told to end, whatever happens to the broker; does not look at results. */
  async stream(key = '') {
    let count = 0
    const send = async (): Promise<void> => {
      for (;;) {
        const own = `${key}.${count++}`
        try {
          accepted(own, (await late.delay(own)).id)
        } catch (error) {
          say(`refused ${own} ${String(error)}`)
        }
        await pause(40)
      }
    }
    await Promise.all([send(), send()])
  },

  /** For so many seconds, some under way at a time, each until its result is here. */
  async load(task, key = '', seconds = '5') {
    const end = performance.now() + Number(seconds) * 1000
    let count = 0
    const send = async (): Promise<void> => {
      while (performance.now() < end) {
        const own = `${key}.${count++}`
        const result = await choose(task)(own)
        accepted(own, result.id)
        await result.get({ timeout: 60 })
      }
    }
    await Promise.all(Array.from({ length: UNDER_WAY }, send))
  },

  async add(x, y) {
    say(`id ${(await add.delay(Number(x), Number(y))).id}`)
  },

  async result(id = '', timeout = '10') {
    say(`result ${await app.asyncResult(id).get({ timeout: Number(timeout) })}`)
  }
}

const run = commands[command]
if (run === undefined) throw new Error(`no command '${command}'; known: ${Object.keys(commands).join(', ')}`)
await run(...args)

function choose(name = ''): (key: string) => PromiseLike<AsyncResult<number>> {
  return name === 'early' ? key => early.delay(key) : key => late.delay(key)
}

/** Said only when the broker has taken it. */
function accepted(key: string, id: string): void {
  say(`accepted ${key} ${id}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
