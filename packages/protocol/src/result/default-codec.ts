import { defaultCompressions } from '../compression/defaults.js'
import { defaultSerializers } from '../serializers/defaults.js'
import { ResultCodec } from './codec.js'

/** JSON as it is, reading what is compressed too. */
export const jsonResults: ResultCodec = new ResultCodec(
  { serializers: defaultSerializers, compressions: defaultCompressions, accept: new Set() },
  { serializer: 'json' }
)
