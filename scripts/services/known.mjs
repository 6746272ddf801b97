// The servers that a workspace needs, of those that run: for a single package's tests, which start none.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recipes } from './recipes.mjs'
import { registered } from './registry.mjs'

/** `env`: their variables, those given in the environment left alone; `lacking`: the names of those that do not run. */
export function knownServers(folder) {
  const file = join(folder, 'package.json')
  const needed = (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).umbel?.services) || []
  const open = needed.filter(name => !process.env[recipes[name].variable])
  const servers = registered()
  const found = open.flatMap(name => {
    const url = recipes[name].made?.() ?? servers.find(each => each.name === name && each.owner === undefined)?.url
    return url === undefined ? [] : [{ name, url }]
  })
  const env = Object.fromEntries(found.map(({ name, url }) => [recipes[name].variable, url]))
  return { env, lacking: open.filter(name => !found.some(server => server.name === name)) }
}
