// `npm run bench`: the figures of the README, measured here.
import { launch } from './lib/launch.mjs'

process.exitCode = await launch({ what: 'bench', program: 'e2e/dist/bench/main.js' }, process.argv.slice(2))
