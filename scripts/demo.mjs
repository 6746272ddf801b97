// `npm run demo`: the main job on real input.
import { passedArguments } from './lib/arguments.mjs'
import { launch } from './lib/launch.mjs'

const usage = `npm run demo [-- <options of the umbel command>]

Starts a worker and a client, downloads real files through them and checks every answer; ends with 0 if all were right.
npm run demo -- -b memory://`

process.exitCode = await launch({ what: 'demo', program: 'apps/demo/dist/src/main.js' }, passedArguments(usage))
