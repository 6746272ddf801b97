import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { appOrDefault, currentApp, sharedTask, Umbel } from '../src/index.js'
import { setCurrentApp, setDefaultApp } from '../src/current/state.js'

function forget(): void {
  setCurrentApp(undefined)
  setDefaultApp(undefined)
}

beforeEach(forget)
afterEach(forget)

describe('the application that is meant where none is named', () => {
  it('[A-08] is the last that was made or set; setAsCurrent: false leaves it alone', () => {
    const first = new Umbel('first')
    expect(currentApp()).toBe(first)
    const second = new Umbel('second')
    expect(currentApp()).toBe(second)
    const aside = new Umbel('aside', { setAsCurrent: false })
    expect(currentApp()).toBe(second)
    first.setCurrent()
    expect(currentApp()).toBe(first)
    expect([appOrDefault(), appOrDefault(aside)]).toEqual([first, aside])
  })

  it('[A-08] is the default one where there is no current one: the one that was set, else one that is made once', () => {
    const made = currentApp()
    expect([made.main, currentApp() === made, appOrDefault() === made]).toEqual(['default', true, true])
    const chosen = new Umbel('chosen', { setAsCurrent: false })
    chosen.setDefault()
    expect(currentApp()).toBe(chosen)
    const current = new Umbel('current')
    expect(currentApp()).toBe(current)
    setCurrentApp(undefined)
    expect(currentApp()).toBe(chosen)
  })

  it('[A-08] is each thread’s own', async () => {
    const app = new Umbel('of the main thread')
    app.setDefault()
    const code = `
      const { parentPort } = require('node:worker_threads')
      import(${JSON.stringify(new URL('../src/index.js', import.meta.url).href)}).then(({ currentApp, Umbel }) => {
        const before = currentApp().main
        new Umbel('of the thread')
        parentPort.postMessage([before, currentApp().main])
      })`
    const [names] = (await once(new Worker(code, { eval: true }), 'message')) as [unknown]
    expect(names).toEqual(['default', 'of the thread'])
    expect(currentApp()).toBe(app)
  })

  it('is whose task a shared task is, where no application is named', () => {
    const echo = sharedTask('current.echo', (value: string) => value)
    expect(() => echo.of()).toThrow(/shared task current\.echo: there is no application yet/)
    const app = new Umbel('owner')
    expect(echo.of()).toBe(app.tasks.get('current.echo'))
  })
})
