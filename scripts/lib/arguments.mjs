// The arguments of our scripts: `--help` prints what there is to say, a wrong word is an error in one line. Only node: modules.
import { parseArgs } from 'node:util'

/** What a script accepts. `usage`: the help, its first line being how it is called. */
export function readArguments(usage, options = {}, { operands = false } = {}) {
  const args = process.argv.slice(2)
  helpFirst(usage, args)
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: operands })
    return { values, operands: positionals }
  } catch (error) {
    return refuse(usage, error.message)
  }
}

/** For scripts that hand their arguments on: help only, and only when it comes first. */
export function passedArguments(usage) {
  const args = process.argv.slice(2)
  helpFirst(usage, args.slice(0, 1))
  return args
}

/** A whole number of at least `least`. */
export function readWhole(text, { name, least = 0, usage }) {
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text)
  return refuse(usage, `--${name} takes a whole number of at least ${least}, got '${text}'`)
}

export function refuse(usage, complaint) {
  const [called] = usage.split('\n')
  const [sentence] = complaint.split('. ')
  process.stderr.write(`${sentence.replace(/\.$/, '')}\nusage: ${called}; more with --help\n`)
  return process.exit(2)
}

function helpFirst(usage, args) {
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  if (!own.some(word => word === '--help' || word === '-h')) return
  process.stdout.write(`usage: ${usage}\n`)
  process.exit(0)
}
