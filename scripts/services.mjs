// `npm run services -- up|down|status`: the servers that tests need, for as long as you work on a driver.
import { readArguments, refuse } from './lib/arguments.mjs'
import { recipes } from './services/recipes.mjs'
import { end, endOrphans, registered, runs } from './services/registry.mjs'
import { provide } from './services/start.mjs'

const usage = `npm run services -- up|down|status [redis] [rabbitmq] [postgres] [python]

up      finds or starts them (all, if none is named) and prints the variables that tests read
down    ends those that \`up\` started
status  says which run
python is no server but an environment with Celery (e2e/python/requirements.txt), which stays.
Looked for in this order: URLs in the environment (${Object.values(recipes)
  .map(({ variable }) => variable)
  .join(', ')}), Docker, installed programs, Debian's packages.`

const [verb, ...named] = readArguments(usage, {}, { operands: true }).operands
const unknown = named.find(name => !(name in recipes))
if (unknown) refuse(usage, `there is no service '${unknown}'; known: ${Object.keys(recipes).join(', ')}`)
const names = named.length > 0 ? named : Object.keys(recipes)
const verbs = { up, down, status }
if (!(verb in verbs)) refuse(usage, `expected up, down or status, got ${verb === undefined ? 'nothing' : `'${verb}'`}`)
process.exitCode = await verbs[verb]()

async function up() {
  const { env, missing } = await provide(names, { say: line => process.stderr.write(`${line}\n`) })
  for (const [variable, url] of Object.entries(env)) process.stdout.write(`export ${variable}='${url}'\n`)
  for (const { name, why, command } of missing)
    process.stderr.write(`services: no ${name}: ${why}\n  get it with: ${command}\n`)
  return missing.length === 0 ? 0 : 1
}

async function down() {
  await endOrphans()
  // Those of a run that goes on end with it.
  for (const server of registered().filter(({ name, owner }) => owner === undefined && names.includes(name))) {
    await end(server)
    process.stdout.write(`${server.name} ended\n`)
  }
  return 0
}

async function status() {
  for (const name of names) {
    const made = recipes[name].made?.()
    const server = registered().find(known => known.name === name && known.owner === undefined)
    const running = server !== undefined && (await runs(server))
    process.stdout.write(
      `${name.padEnd(9)} ${made ?? (running ? `${server.url} (pid ${server.pid})` : 'not running')}\n`
    )
  }
  return 0
}
