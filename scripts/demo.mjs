// `npm run demo`: the main job on real input.
import { passedArguments } from './lib/arguments.mjs'
import { launch } from './lib/launch.mjs'
import { endChildrenOnSignals } from './lib/run.mjs'
import { provide } from './services/start.mjs'
import { recipes } from './services/recipes.mjs'

const usage = `npm run demo [-- --broker <url> [--backend <url>]]

Starts a worker and a client, downloads real files through them and checks every answer; ends with 0 if all were right.
Without a URL an SQLite file does it all. --broker redis, rabbitmq or postgres, a name instead of a URL, starts a server
for the demo and ends it afterwards.
npm run demo -- --broker redis://localhost:6379/0
npm run demo -- --broker amqp://guest@localhost// --backend redis://localhost`

process.exitCode = await demo(passedArguments(usage))

async function demo(words) {
  const names = Object.keys(recipes).filter(name => words.some(word => serverOf(word) === name))
  if (names.length === 0) return run(words)
  endChildrenOnSignals()
  const { env, missing, stop } = await provide(names, { owner: process.pid, say })
  try {
    for (const { name, why, command } of missing) say(`demo: no ${name}: ${why}\n  get it with: ${command}`)
    if (missing.length > 0) return 1
    return await run(words.map(word => withUrl(word, env)))
  } finally {
    await stop()
  }
}

function run(words) {
  return launch({ what: 'demo', program: 'apps/demo/dist/src/main.js' }, words)
}

/** `redis`, `--broker=redis` → redis */
function serverOf(word) {
  const name = word.replace(/^-.*=/, '')
  return name in recipes ? name : undefined
}

function withUrl(word, env) {
  const name = serverOf(word)
  return name ? word.slice(0, word.length - name.length) + env[recipes[name].variable] : word
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
