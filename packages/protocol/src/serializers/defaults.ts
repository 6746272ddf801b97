import { jsonSerializer } from './json.js'
import { msgpackSerializer } from './msgpack.js'
import { rawSerializer, textSerializer } from './raw.js'
import { createSerializers, type Serializers } from './registry.js'
import { yamlSerializer } from './yaml.js'

/** json, text, raw bytes, and yaml and msgpack where their packages are installed. */
export const defaultSerializers: Serializers = createSerializers([
  jsonSerializer,
  textSerializer,
  rawSerializer,
  yamlSerializer,
  msgpackSerializer
])

/** Content types of the named serializers. @throws UnknownSerializerError */
export function acceptSet(names: Iterable<string>, serializers: Serializers = defaultSerializers): ReadonlySet<string> {
  return serializers.acceptSet(names)
}
