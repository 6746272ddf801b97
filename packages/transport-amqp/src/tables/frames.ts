import { toError } from '@umbel/runtime'
import { ConnectionError } from '@umbel/transport'
import { readTable } from './read.js'

const HEADER_FRAME = 2
const FRAME_START = 7
const PROPERTIES = 12
const CONTENT_TYPE = 0x8000
const CONTENT_ENCODING = 0x4000
const HEADERS = 0x2000
/** An empty name, the tag and the length of what hides a table. */
const COVER = 6

/** What of amqplib's connection is used that its types do not name. */
interface FrameSource {
  rest: Buffer
  recvFrame(): { fields?: { headers?: Record<string, unknown> } } | false
}

/**
 * Reads the header tables of what arrives ourselves: amqplib ends the connection at a tag it does not know, `L` among
 * them, which py-amqp writes for every integer beyond 32 bits. The table is read first and hidden from amqplib as
 * bytes. A table that cannot be read becomes `{ problem }`: the message is delivered and the connection lives.
 * @throws ConnectionError when amqplib is not the release that this was written for
 */
export function readTablesOf(connection: object): void {
  const source = connection as FrameSource
  if (!Buffer.isBuffer(source.rest) || typeof source.recvFrame !== 'function')
    throw new ConnectionError('this release of amqplib is not known to @umbel/transport-amqp; install 2.3.1')
  const receive = source.recvFrame.bind(source)
  source.recvFrame = () => {
    const table = uncover(source.rest)
    const frame = receive()
    if (table !== undefined && frame !== false && frame.fields !== undefined) frame.fields.headers = table
    return frame
  }
}

/** Under this name a table says why it could not be read. */
export const UNREADABLE = Symbol('the headers cannot be read')

/** The table of the content header that `bytes` begin with; undefined when they do not, or not yet wholly. */
function uncover(bytes: Buffer): Record<string | symbol, unknown> | undefined {
  if (bytes.length < FRAME_START + PROPERTIES + 2 || bytes[0] !== HEADER_FRAME) return undefined
  if (bytes.length < FRAME_START + bytes.readUInt32BE(3) + 1) return undefined
  const flags = bytes.readUInt16BE(FRAME_START + PROPERTIES)
  if ((flags & HEADERS) === 0) return undefined
  let at = FRAME_START + PROPERTIES + 2
  for (const flag of [CONTENT_TYPE, CONTENT_ENCODING]) if ((flags & flag) !== 0) at += 1 + bytes.readUInt8(at)
  const length = bytes.readUInt32BE(at)
  const table = bytes.subarray(at + 4, at + 4 + length)
  try {
    return readTable(table)
  } catch (thrown) {
    return { [UNREADABLE]: toError(thrown).message }
  } finally {
    cover(table)
  }
}

/** A table too short to hide holds nothing that amqplib cannot read. */
function cover(table: Buffer): void {
  if (table.length < COVER) return
  table.writeUInt8(0, 0)
  table.write('x', 1, 'latin1')
  table.writeUInt32BE(table.length - COVER, 2)
}
