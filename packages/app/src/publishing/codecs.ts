import {
  type Compression,
  defaultCompressions,
  defaultSerializers,
  type ReadCodecs,
  type Serializer,
  type WriteCodecs
} from '@umbel/protocol'

/** What an application brings beside what is built in. */
export interface OwnCodecs {
  readonly serializers: readonly Serializer[]
  readonly compressions: readonly Compression[]
}

/** How messages are written and read. @throws UnknownSerializerError for a name in `acceptContent` */
export function createCodecs(own: OwnCodecs, acceptContent: readonly string[]): ReadCodecs & WriteCodecs {
  const serializers = own.serializers.reduce((all, one) => all.with(one), defaultSerializers)
  return {
    serializers,
    compressions: own.compressions.reduce((all, one) => all.with(one), defaultCompressions),
    accept: serializers.acceptSet(acceptContent)
  }
}
