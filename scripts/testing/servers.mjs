// The servers that suites need: a workspace says so in its package.json, `"umbel": { "services": ["redis"] }`.
import { provide } from '../services/start.mjs'

/** What these suites need, each once. */
export function servicesOf(suites) {
  return [...new Set(suites.flatMap(({ manifest }) => manifest?.umbel?.services ?? []))]
}

/** Starts them; `run(suites)` may come later and gets those suites whose servers are there. */
export function serversFor(suites, { say }) {
  const providing = provide(servicesOf(suites), { owner: process.pid, say })
  // Whoever runs the suites hears of it there.
  providing.catch(() => undefined)
  return {
    /** Answers what `work` answers, and the suites that could not run. */
    async around(work) {
      const { env, missing, stop } = await providing
      Object.assign(process.env, env)
      const lacking = suites.filter(suite => servicesOf([suite]).some(name => missing.some(each => each.name === name)))
      try {
        return { answer: await work(suites.filter(suite => !lacking.includes(suite))), lacking, missing }
      } finally {
        await stop()
      }
    },
    /** When nothing is to be run after all. */
    async stop() {
      await (await providing).stop()
    }
  }
}

/** What to say of suites that could not run. */
export function lackingLines({ lacking, missing }) {
  return [
    ...lacking.map(suite => `MISS ${suite.path.padEnd(24)} needs ${servicesOf([suite]).join(', ')}`),
    ...missing.map(({ name, why, command }) => `     no ${name}: ${why}\n     get it with: ${command}`)
  ]
}
