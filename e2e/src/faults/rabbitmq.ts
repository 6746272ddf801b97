import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.js'
import type { Fault } from './cases.js'
import type { Scene } from './scene.js'

const brokers = ['rabbitmq'] as const
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl'

export const rabbitFaults: readonly Fault[] = [
  { id: 'B21', title: 'access is revoked for a while', brokers, make: revoke },
  { id: 'B22', title: 'the queue is deleted under its consumer', brokers, make: deleteQueue },
  { id: 'C29', title: 'a memory alarm blocks what is sent', brokers, make: alarm }
]

async function revoke({ server, away }: Scene): Promise<void> {
  const control = controlOf(server)
  await control('change_password', 'guest', 'changed')
  await control('close_all_user_connections', 'guest', 'access revoked')
  await pause(away * 1000)
  await control('change_password', 'guest', 'guest')
}

/** What was in it is gone for good: nothing is in it. */
async function deleteQueue({ app, project, client }: Scene): Promise<void> {
  client.signal('SIGSTOP')
  await until(() => (project.tally().lost.length === 0 ? true : undefined), {
    seconds: 10,
    describe: () => `not done: ${project.tally().lost.join(', ')}`
  })
  const connection = await app.connectionForWrite()
  await (await connection.openChannel()).delete(project.ground.queue)
  await connection.close()
  client.signal('SIGCONT')
}

async function alarm({ server, away }: Scene): Promise<void> {
  const control = controlOf(server)
  await control('set_vm_memory_high_watermark', '0.00000001')
  await pause(away * 1000)
  await control('set_vm_memory_high_watermark', '0.4')
}

function controlOf(server: Scene['server']): (...args: readonly string[]) => Promise<void> {
  const node = server.env['RABBITMQ_NODENAME'] ?? ''
  return (...args) => server.tool(CONTROL, '-q', '-n', node, ...args)
}
