// `npm run bench`: the figures of the README, measured here.
import { passedArguments } from './lib/arguments.mjs'
import { launch } from './lib/launch.mjs'

const usage = `npm run bench [-- <word of a row> ...]

Measures in three rounds and prints the medians; ends with 1 below a target. Words choose rows: npm run bench -- sqlite chord`

process.exitCode = await launch({ what: 'bench', program: 'e2e/dist/bench/main.js' }, passedArguments(usage))
