import { Control, Mailbox, revokeLimits } from '@umbel/control'
import type { ReadCodecs, WriteCodecs } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Gateway } from './gateway/gateway.js'
import type { Settings } from './settings/index.js'

export interface ControlSource {
  /** Settings are read at first use. */
  load(): Promise<void>
  gateway(): Gateway
}

/** What `app.control` is: commands go the way that messages go, and revocations are kept beside results. */
export function createControl(source: ControlSource): Control {
  return new Control({
    broadcast: async request => {
      await source.load()
      return await source.gateway().broadcast(request)
    },
    keepRevoked: async ids => {
      await source.load()
      const { revocations } = await source.gateway().backend()
      await revocations?.add(ids, revokeLimits().expires)
    }
  })
}

/** The control_* settings, and how messages are written and read. */
export function createMailbox(settings: Settings, codecs: ReadCodecs & WriteCodecs, time: Clock): Mailbox {
  return new Mailbox({
    namespace: settings.controlExchange,
    queueTtl: settings.controlQueueTtl,
    queueExpires: settings.controlQueueExpires,
    exclusive: settings.controlQueueExclusive,
    durable: settings.controlQueueDurable,
    serializer: settings.taskSerializer,
    serializers: codecs.serializers,
    accept: codecs.accept,
    time
  })
}
