// `npm run demo`: the main job on real input.
import { launch } from './lib/launch.mjs'

process.exitCode = await launch({ what: 'demo', program: 'apps/demo/dist/src/main.js' }, process.argv.slice(2))
