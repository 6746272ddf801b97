import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { install, type PackedPackage, packAll, withDependencies } from './packed.js'
import { REPOSITORY } from './places.js'
import { Shell, shell } from './shell.js'

type Files = Readonly<Record<string, string>>

/** A folder outside the repository with packed packages, installed once, and projects of people who use them. */
export class Strangers {
  readonly folder: string
  readonly packages: readonly PackedPackage[]
  readonly #running: Shell[] = []
  #count = 0

  private constructor(folder: string, packages: readonly PackedPackage[]) {
    this.folder = folder
    this.packages = packages
  }

  static async pack(): Promise<Strangers> {
    const folder = await mkdtemp(join(tmpdir(), 'umbel-packages-'))
    const tarballs = join(folder, 'tarballs')
    try {
      await mkdir(tarballs)
      return new Strangers(folder, await packAll(tarballs))
    } catch (thrown) {
      await rm(folder, { recursive: true, force: true })
      throw thrown
    }
  }

  /** Installs packages of ours with what they need, in an empty folder; answers the folder. */
  async install(
    name: string,
    { ours, others = [] }: { readonly ours: readonly string[]; readonly others?: readonly string[] }
  ): Promise<string> {
    const folder = join(this.folder, name)
    await write(folder, { 'package.json': '{}' })
    await install(folder, withDependencies(this.packages, ours), others)
    return folder
  }

  /** A project of its own that has what `installed` has. */
  async project(installed: string, files: Files): Promise<Project> {
    const folder = join(this.folder, `project-${++this.#count}`)
    await write(folder, files)
    await symlink(join(installed, 'node_modules'), join(folder, 'node_modules'))
    return new Project(folder, this.#running)
  }

  /** Ends what runs, and removes all. */
  async remove(): Promise<void> {
    await Promise.all(this.#running.map(running => running.kill()))
    await rm(this.folder, { recursive: true, force: true })
  }
}

export class Project {
  readonly folder: string
  readonly #running: Shell[]

  constructor(folder: string, running: Shell[]) {
    this.folder = folder
    this.#running = running
  }

  /** What a line prints on standard output; its exit code must be 0. */
  async run(line: string, input?: string): Promise<string> {
    return (await shell(line, this.folder, input)).trimEnd()
  }

  /** Starts what runs on. */
  start(line: string): Shell {
    const running = new Shell(line, { cwd: this.folder })
    this.#running.push(running)
    return running
  }

  /** A worker, ready. */
  async worker(line: string): Promise<Shell> {
    const worker = this.start(line)
    await worker.prints(/ ready\./)
    return worker
  }

  /** Checks and compiles its TypeScript with the repository's compiler; answers its complaints. */
  async compile(options: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', types: ['node'], ...options }
    await write(this.folder, { 'tsconfig.json': JSON.stringify({ compilerOptions }) })
    const compiler = this.start(`node '${join(REPOSITORY, 'node_modules/typescript/bin/tsc')}' --pretty false`)
    await compiler.exit(60)
    return compiler.output
  }
}

async function write(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
