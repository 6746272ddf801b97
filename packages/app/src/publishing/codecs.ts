import type { Settings } from '../settings/index.js'
import {
  type Compression,
  defaultCompressions,
  defaultSerializers,
  type ReadCodecs,
  ResultCodec,
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

/** How results are kept. @throws UnknownSerializerError, UnknownCompressionError */
export function createResultCodec(own: OwnCodecs, settings: Settings): ResultCodec {
  const { resultSerializer: serializer, resultCompression: compression, resultAcceptContent } = settings
  return new ResultCodec(createCodecs(own, resultAcceptContent), { serializer, compression: compression ?? undefined })
}
