import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.js'
import type { Fault } from './cases.js'
import type { Scene } from './scene.js'

const brokers = ['rabbitmq'] as const
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl'

export const rabbitFaults: readonly Fault[] = [
  { id: 'B21', title: 'access is revoked for a while', brokers, make: revoke },
  { id: 'B22', title: 'the queue is deleted under its consumer', brokers, make: deleteQueue },
  { id: 'B23', title: 'a task outlives consumer_timeout', brokers, make: outliveTimeout, undo: forgetTimeout },
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

/** Seconds, instead of half an hour. */
const TIMEOUT = 1

/** The server takes back what a worker runs, and ends its channel; the body ends later, and once. */
async function outliveTimeout(scene: Scene): Promise<void> {
  const { project } = scene
  await setTimeouts(scene, TIMEOUT * 1000, 200)
  const key = `long.${Date.now()}`
  const gate = join(project.folder, key)
  await project.client('hold', key, gate).finished()
  const describe = (): string => `${key} did not start`
  await until(() => project.effects.of(key, 'start')[0], { seconds: 10, describe })
  await scene.worker.prints(/Connection to broker lost \([^\n]*(timeout|PRECONDITION)/i)
  await project.open(gate)
}

function forgetTimeout(scene: Scene): void {
  void setTimeouts(scene, 1_800_000, 60_000).catch(() => undefined)
}

/** Channels read them when they are opened. */
async function setTimeouts({ server }: Scene, timeout: number, tick: number): Promise<void> {
  const control = controlOf(server)
  const settings = { consumer_timeout: timeout, channel_tick_interval: tick }
  for (const [name, value] of Object.entries(settings))
    await control('eval', `application:set_env(rabbit, ${name}, ${value}).`)
  await control('close_all_user_connections', 'guest', 'other settings')
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
