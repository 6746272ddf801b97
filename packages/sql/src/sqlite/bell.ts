import { type FSWatcher, watch } from 'node:fs'
import type { Timer } from '@umbel/runtime'
import type { DatabaseSettings } from '../options.js'

/** Milliseconds: behind a watch, and where watching is not possible. */
const SAFETY_POLL = 1000
const FAST_POLL = 20
/**
 * Milliseconds after a change of the log at which to look again: a commit writes the log first and becomes visible
 * a moment later, without a further event.
 */
const LOOKS = [1, 4, 16, 64] as const

export interface CommitBellOptions {
  /** The write-ahead log; every commit of every process appends to it. undefined: in memory. */
  readonly file: string | undefined
  /** A number that changes when another connection commits. */
  readonly version: () => number
  readonly settings: DatabaseSettings
}

/** Rings when somebody committed. Watches and polls only while somebody listens, and never keeps the process alive. */
export class CommitBell {
  readonly #options: CommitBellOptions
  readonly #rings = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: Timer | undefined
  #checking = false
  #nextLook: Timer | undefined
  #version = 0

  constructor(options: CommitBellOptions) {
    this.#options = options
  }

  add(ring: () => void): { close(): void } {
    // A wrapper of its own: the same function may listen twice.
    const listener = (): void => ring()
    this.#rings.add(listener)
    if (this.#rings.size === 1) this.#start()
    return {
      close: () => {
        if (this.#rings.delete(listener) && this.#rings.size === 0) this.stop()
      }
    }
  }

  ring(): void {
    // A copy: who closes and listens again while ringing is not rung again.
    for (const ring of Array.from(this.#rings)) if (this.#rings.has(ring)) ring()
  }

  stop(): void {
    this.#rings.clear()
    this.#poll?.cancel()
    this.#poll = undefined
    this.#nextLook?.cancel()
    this.#unwatch()
  }

  #start(): void {
    this.#version = this.#readVersion()
    this.#watch()
    this.#schedulePoll()
  }

  #watch(): void {
    const { file } = this.#options
    if (file === undefined) return
    try {
      const watcher = watch(file, { persistent: false }, event => {
        if (event === 'rename') this.#unwatch()
        this.#checkSoon()
      })
      watcher.on('error', () => this.#unwatch())
      this.#watcher = watcher
    } catch {
      // Out of watches, or a file system without: the poll goes on trying.
    }
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #schedulePoll(): void {
    const { clock, random } = this.#options.settings
    const bound = this.#watcher === undefined ? FAST_POLL : SAFETY_POLL
    this.#poll = clock.setTimer(bound * (0.5 + random() / 2), () => this.#onPoll(), { keepAlive: false })
  }

  #onPoll(): void {
    this.#check()
    if (this.#rings.size === 0) return
    if (this.#watcher === undefined) this.#watch()
    this.#schedulePoll()
  }

  /** One commit is several events. */
  #checkSoon(): void {
    if (this.#checking) return
    this.#checking = true
    setImmediate(() => {
      this.#checking = false
      this.#check()
      this.#nextLook?.cancel()
      this.#lookAgain(0)
    })
  }

  /** All of them, also when the version has changed: that may have been the commit before. */
  #lookAgain(index: number): void {
    const delay = LOOKS[index]
    if (delay === undefined || this.#rings.size === 0) return
    const look = (): void => {
      this.#check()
      this.#lookAgain(index + 1)
    }
    this.#nextLook = this.#options.settings.clock.setTimer(delay, look, { keepAlive: false })
  }

  #check(): void {
    if (this.#rings.size === 0) return
    const version = this.#readVersion()
    if (version === this.#version) return
    this.#version = version
    this.ring()
  }

  #readVersion(): number {
    try {
      return this.#options.version()
    } catch {
      // Locked just now: ring rather than miss something.
      return Number.NaN
    }
  }
}
