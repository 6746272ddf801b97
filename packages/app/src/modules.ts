import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Settings } from './settings/index.js'

/** Imports a module by path, file: URL or package name. */
export type Importer = (specifier: string) => Promise<unknown>

export interface DiscoveryOptions {
  /** The modules' name. @default tasks */
  readonly relatedName?: string
  /** Load them now. */
  readonly force?: boolean
}

interface Discovery {
  readonly folders: readonly string[] | (() => readonly string[]) | undefined
  readonly relatedName: string
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs'] as const
const SKIPPED = new Set(['node_modules', 'dist', '.git'])

/** The task modules of an application: those that settings name, and those that are looked for. */
export class Modules {
  readonly #settings: () => Settings
  readonly #importer: Importer
  readonly #discoveries: Discovery[] = []
  readonly #loading = new Map<string, Promise<unknown>>()

  constructor(settings: () => Settings, importer: Importer = specifier => import(specifier)) {
    this.#settings = settings
    this.#importer = importer
  }

  discover(folders: Discovery['folders'], relatedName: string): void {
    this.#discoveries.push({ folders, relatedName })
  }

  /** `imports` first, then `include`, then what is found; each once, one after the other. */
  async load(importer: Importer = this.#importer, more: readonly string[] = []): Promise<void> {
    const { imports, include } = this.#settings()
    const found = this.#discoveries.flatMap(findModules)
    for (const specifier of [...imports, ...include, ...more, ...found]) await this.#import(locate(specifier), importer)
  }

  /** A module that did not load may be tried again. */
  async #import(url: string, importer: Importer): Promise<void> {
    const loading = this.#loading.get(url) ?? importer(url)
    this.#loading.set(url, loading)
    try {
      await loading
    } catch (error) {
      this.#loading.delete(url)
      throw error
    }
  }
}

/** `proj.tasks` and `./proj/tasks` are files of the working folder where such exist, else packages. */
function locate(specifier: string): string {
  if (specifier.startsWith('file:')) return specifier
  for (const name of [specifier, specifier.replaceAll('.', '/')]) {
    const base = resolve(name)
    const file = ['', ...EXTENSIONS].map(extension => base + extension).find(isFile)
    if (file !== undefined) return pathToFileURL(file).href
  }
  return specifier
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Modules named `relatedName` in the folders and below them; without folders, of the working folder. */
function findModules({ folders, relatedName }: Discovery): readonly string[] {
  const roots = typeof folders === 'function' ? folders() : (folders ?? ['.'])
  return roots
    .flatMap(root => below(resolve(root.replaceAll(/(?<=\w)\.(?=\w)/g, '/')), relatedName))
    .map(file => pathToFileURL(file).href)
}

/** Of compiled neighbours one is taken: `tasks.ts` before `tasks.js`. */
function below(folder: string, name: string): readonly string[] {
  if (!existsSync(folder)) return []
  const own = EXTENSIONS.map(extension => join(folder, name + extension)).find(isFile)
  const folders = readdirSync(folder, { withFileTypes: true }).filter(
    entry => entry.isDirectory() && !SKIPPED.has(entry.name)
  )
  return [
    ...(own === undefined ? [] : [own]),
    ...folders.flatMap(entry => below(join(folder, entry.name), name)).toSorted()
  ]
}
