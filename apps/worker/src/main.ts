import { run } from '@umbel/cli'

// npm runs a workspace's script in its folder; the application is where the user stands.
if (process.env['npm_lifecycle_event'] === 'start') process.chdir(process.env['INIT_CWD'] ?? '.')

await run(async options => new (await import('umbel')).Umbel('default', options), { command: 'worker' })
