import { arch, platform, release } from 'node:os'
import { redactUrl } from '@umbel/backend'
import { BrokerUrl } from '@umbel/transport'
import type { Command } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Application } from '../session.js'
import { readVersion } from '../version.js'

/** (celery.bin.celery.report, celery.app.utils.bugreport) */
export const report: Command = {
  name: 'report',
  describe: 'Print versions, transport, results and settings, without secrets, for bug reports.',
  options: [],
  examples: ['-A ./tasks.ts report'],
  run: async ({ session }) => {
    const application = await session.application()
    await application.app.loadModules()
    session.terminal.print(describe(application))
    return EXIT.ok
  }
}

function describe({ app, name }: Application): string {
  const { services } = app
  const backend = services.backendUrl()
  return [
    '',
    `software -> umbel:${readVersion()} node:${process.versions.node} v8:${process.versions.v8}${sqliteVersion()}`,
    `platform -> system:${platform()} arch:${arch()}`,
    `            kernel version:${release()}`,
    `app      -> ${app.main}${name === undefined ? '' : ` (${name})`}`,
    `settings -> transport:${BrokerUrl.parse(services.brokerUrl()).redacted} results:${backend === undefined ? 'disabled' : redactUrl(backend)}`,
    '',
    app.conf.humanize(),
    ''
  ].join('\n')
}

function sqliteVersion(): string {
  const { sqlite } = process.versions as { readonly sqlite?: string }
  return sqlite === undefined ? '' : ` sqlite:${sqlite}`
}
