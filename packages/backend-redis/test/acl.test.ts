import { afterAll, expect, it } from '@jest/globals'
import { successMeta } from '@umbel/backend'
import { redisBackend } from '@umbel/backend-redis'
import { RedisServer, temporaryFolder } from '@umbel/test-kit'

const folder = temporaryFolder('redis-acl')
const servers: RedisServer[] = []

afterAll(async () => {
  for (const server of servers) await server.kill()
  folder.dispose()
})

/** The URL of a server whose only user has these rights. */
async function serveTo(rights: string): Promise<string> {
  const settings = ['user default off', `user results on >secret ${rights}`]
  const server = await RedisServer.start({ folder: folder.path, settings })
  servers.push(server)
  return `redis://results:secret@127.0.0.1:${server.port}/0`
}

it('a user of an ACL needs the rights that the README names, and is told what it may not', async () => {
  const meta = successMeta({ taskId: 'one', now: 0, children: [] }, 4)
  const url = await serveTo('+@read +@write +@scripting +@pubsub +@connection +info ~celery-* ~umbel* &celery-*')
  const backend = await redisBackend().connect(url)
  expect(await backend.store([meta])).toEqual([undefined])
  expect(await backend.load(['one'])).toMatchObject([{ result: 4 }])
  const watch = await backend.watch(['two'], () => undefined)
  await backend.openChord('chord', 1, {
    task: 't',
    args: [],
    kwargs: {},
    options: {},
    subtask_type: null,
    immutable: false
  })
  expect(await backend.storeParts([{ groupId: 'chord', index: 0, meta }])).toMatchObject([{ groupId: 'chord' }])
  await watch.close()
  await backend.close()
  const narrow = await redisBackend().connect(await serveTo('+@connection +info ~* &*'))
  await expect(narrow.store([meta])).rejects.toThrow(/NOPERM/)
  await narrow.close()
})
