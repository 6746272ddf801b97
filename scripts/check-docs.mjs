// `npm run docs:check`: every TypeScript block in README.md, docs/ and the packages' READMEs compiles against the built packages.
// Each block is a module; one that starts with `// file: tasks.ts` can be imported by the page's other blocks as './tasks.js'.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { blocksOf, refusalOf } from './docs/blocks.mjs'
import { readArguments } from './lib/arguments.mjs'
import { capture } from './lib/run.mjs'
import { filesBelow, readJson, repository, workspaces } from './lib/workspaces.mjs'

const usage = `npm run docs:check [-- <folder of a repository>]

Compiles every TypeScript block of README.md, docs/ and the READMEs of the packages.`

const { operands } = readArguments(usage, {}, { operands: true })
const root = resolve(operands[0] ?? repository)
const cache = join(root, '.cache/docs')

process.exitCode = await checkDocs()

async function checkDocs() {
  const pages = pagesOf(root)
  const sources = pages.flatMap(page => sourcesOf(page))
  const refusals = sources
    .filter(({ refusal }) => refusal)
    .map(source => `${source.page}:${source.line} ${source.refusal}`)
  writeProject(sources)
  const complaints = [...refusals, ...(sources.length > 0 ? await compile(sources) : [])]
  for (const complaint of complaints) process.stdout.write(`${complaint}\n`)
  const counted = `${sources.length} TypeScript blocks on ${pages.length} pages`
  process.stdout.write(`docs: ${counted}, ${complaints.length} errors\n`)
  return complaints.length > 0 ? 1 : 0
}

function pagesOf(root) {
  const guides = filesBelow(join(root, 'docs')).filter(file => file.endsWith('.md') && !file.endsWith('parity.md'))
  const readmes = workspaces(root).map(({ folder }) => join(folder, 'README.md'))
  return [join(root, 'README.md'), ...guides, ...readmes]
    .filter(file => existsSync(file))
    .map(file => relative(root, file).split(sep).join('/'))
}

function sourcesOf(page) {
  const folder = join(cache, page.replace(/\.md$/, '').replace(/\W+/g, '-'))
  const taken = new Set()
  return blocksOf(readFileSync(join(root, page), 'utf8')).map(({ line, name, code }) => {
    const refusal = taken.has(name) ? `a second block named ${name}; give it another name` : refusalOf(code)
    if (name) taken.add(name)
    return { page, line, code, refusal, file: join(folder, refusal || !name ? `block-${line}.ts` : name) }
  })
}

function writeProject(sources) {
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(cache, 'tsconfig.json'), JSON.stringify(projectOptions(), undefined, 2))
  for (const { file, code } of sources) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${code}\n`)
  }
}

// An example may declare what only the prose goes on to use.
function projectOptions() {
  const compilerOptions = {
    ...readJson(join(repository, 'tsconfig.base.json')).compilerOptions,
    composite: false,
    declarationMap: false,
    sourceMap: false,
    noEmit: true,
    moduleDetection: 'force',
    noUnusedLocals: false,
    noUnusedParameters: false
  }
  return { compilerOptions, include: ['**/*.ts'] }
}

async function compile(sources) {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  const outcome = await capture(process.execPath, [tsc, '--project', cache, '--pretty', 'false'], { cwd: cache })
  if (outcome.code === 0) return []
  return outcome.output
    .trim()
    .split('\n')
    .map(line => onPage(line, sources))
}

function onPage(message, sources) {
  const [, path, line, column, text] = /^(.+?)\((\d+),(\d+)\): (.*)$/.exec(message) ?? []
  const source = sources.find(({ file }) => path && file === resolve(cache, path))
  return source ? `${source.page}:${source.line + Number(line) - 1}:${column} ${text}` : message
}
