import { type Failure, isFailure, type NodeReply, type Replies, type TaskInfo, type WorkerStats } from 'umbel'
import { exactly } from './exact.js'
import { add, app } from './tasks.js'

export async function control(): Promise<void> {
  const inspect = app.control.inspect({ destination: ['umbel@host'], timeout: 2, pattern: 'umbel@*', matcher: 'glob' })
  const active = await inspect.active()
  exactly<Replies<readonly TaskInfo[]>>()(active)
  const mine = active['umbel@host']
  exactly<readonly TaskInfo[] | Failure | undefined>()(mine)
  if (mine !== undefined && !isFailure(mine)) exactly<readonly TaskInfo[]>()(mine)
  // @ts-expect-error -- it may have failed
  const tasks: readonly TaskInfo[] | undefined = mine
  exactly<Replies<WorkerStats>>()(await inspect.stats())
  exactly<Replies<{ readonly n: number }>>()(await inspect.request<{ readonly n: number }>('own', { x: 1 }))
  exactly<readonly NodeReply[]>()(await app.control.broadcast('own', { reply: true }))

  const result = await add.delay(1, 2)
  exactly<void>()(await result.revoke({ terminate: true, signal: 'SIGKILL', wait: true, timeout: 1 }))
  await result.revokeByStampedHeaders({ batch: ['a', 'b'] })
  // @ts-expect-error -- an id is a text
  await app.control.revoke(5)
  // @ts-expect-error -- no such matcher
  app.control.inspect({ matcher: 'soundex' })
  // @ts-expect-error -- no such option
  await result.revoke({ kill: true })
  void tasks
}
