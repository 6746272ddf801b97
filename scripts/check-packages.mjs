// `npm run packages`: would every package that we publish work as npm packs it? (publint)
import { formatMessage } from 'publint/utils'
import { publint } from 'publint'
import { readArguments } from './lib/arguments.mjs'
import { atMost } from './lib/run.mjs'
import { repository, workspaces } from './lib/workspaces.mjs'

const usage = `npm run packages [-- <folder of a repository>]

Checks each package that is published, as npm packs it: exports, types, files, formats. Warnings are errors.`

const { operands } = readArguments(usage, {}, { operands: true })
process.exitCode = await check(operands[0] ?? repository)

async function check(root) {
  const published = workspaces(root).filter(({ manifest }) => manifest.private !== true)
  const complaints = (await atMost(2, published, complaintsOf)).flat()
  for (const complaint of complaints) process.stdout.write(`${complaint}\n`)
  process.stdout.write(`packages: ${published.length} to publish, ${complaints.length} complaints\n`)
  return complaints.length > 0 ? 1 : 0
}

async function complaintsOf({ path, folder }) {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: 'npm' })
  return messages.map(message => `${path}: ${message.type}: ${formatMessage(message, pkg, { color: false })}`)
}
