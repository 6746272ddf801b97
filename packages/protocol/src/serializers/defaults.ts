import { jsonSerializer } from './json.js'
import { rawSerializer, textSerializer } from './raw.js'
import { createSerializers, type Serializers } from './registry.js'

/** json, text and raw bytes. */
export const defaultSerializers: Serializers = createSerializers([jsonSerializer, textSerializer, rawSerializer])

/** Content types of the named serializers. @throws UnknownSerializerError */
export function acceptSet(names: Iterable<string>, serializers: Serializers = defaultSerializers): ReadonlySet<string> {
  return serializers.acceptSet(names)
}
