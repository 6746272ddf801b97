import { arch, platform, release } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { redactUrl } from '@umbel/backend'
import { BrokerUrl } from '@umbel/transport'
import { LOG_LEVELS, type LogLevelName, type Worker } from '@umbel/worker'
import type { Application } from '../session.js'
import type { Terminal } from '../terminal.js'
import { readVersion } from '../version.js'

export interface BannerParts {
  readonly application: Application
  readonly worker: Worker
  readonly terminal: Terminal
  readonly level: LogLevelName
}

/**
 * What a worker shows of itself when it starts. It waits until broker and results are connected, since only then an
 * SQLite file's path is known; not longer than to the first log line, though, nor for ever.
 */
export class Banner {
  readonly #parts: BannerParts
  #due: boolean
  #prepared = false
  #timer: NodeJS.Timeout | undefined

  constructor(parts: BannerParts) {
    this.#parts = parts
    this.#due = !parts.terminal.quiet
  }

  /** From now on it can be printed, and it is after that many seconds. */
  prepare(patience: number): void {
    this.#prepared = true
    this.#timer = setTimeout(() => this.print(), patience * 1000)
  }

  /** With the paths that the connections know. */
  async printConnected(): Promise<void> {
    if (!this.#due) return
    const { services } = this.#parts.application.app
    this.print((await services.gateway().backend()).url)
  }

  /** Once; without effect before it is prepared. */
  print(results?: string): void {
    if (!this.#due || !this.#prepared) return
    this.#due = false
    this.cancel()
    const { terminal } = this.#parts
    terminal.print(this.#text(results), 'cyan')
  }

  cancel(): void {
    clearTimeout(this.#timer)
  }

  #text(results: string | undefined): string {
    const { application, worker, level } = this.#parts
    const { services } = application.app
    const { concurrency, pool } = worker.settings
    const lines = [
      `${worker.hostname} v${readVersion()}`,
      '',
      `${systemName()} ${now()}`,
      '',
      '[config]',
      `.> app:         ${nameOf(application)}`,
      `.> transport:   ${BrokerUrl.parse(worker.brokerUrl).redacted}`,
      `.> results:     ${results ?? redactUrl(services.backendUrl() ?? 'disabled://')}`,
      `.> concurrency: ${concurrency} (${pool})`,
      '.> task events: OFF',
      ...(isUnconfigured(services.settings())
        ? ['', 'Neither broker nor result backend is configured: this SQLite file is both.']
        : []),
      '',
      '[queues]',
      ...services.router().queues.format().split('\n'),
      '',
      ...taskList(application, level)
    ]
    return `\n${withFlower(lines).join('\n')}`
  }
}

/** An umbel, in front of the first lines. */
const FLOWER = ['  o o o o o', '   \\ \\|/ /', '    \\ | /', '     \\|/', '      |', '      |']

function withFlower(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${(FLOWER[index] ?? '').padEnd(15)}${line}`.trimEnd())
}

function nameOf({ app, location }: Application): string {
  if (location === undefined) return app.main
  return `${app.main} (${relative(process.cwd(), fileURLToPath(location.url))}:${location.attribute})`
}

function taskList({ app }: Application, level: LogLevelName): readonly string[] {
  if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf('info')) return []
  const names = app.tasks.names().filter(name => level === 'debug' || !name.startsWith('celery.'))
  return ['[tasks]', ...names.map(name => `  . ${name}`), '']
}

function isUnconfigured({ brokerUrl, resultBackend }: { brokerUrl?: unknown; resultBackend?: unknown }): boolean {
  return (brokerUrl ?? '') === '' && (resultBackend ?? '') === ''
}

function systemName(): string {
  return `${platform()}-${release()}-${arch()}, Node ${process.versions.node}`
}

/** Local time, whole seconds. */
function now(): string {
  const date = new Date()
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}
