import type { Message } from '@umbel/protocol'

interface HasMessage {
  readonly message: Message
}

/** Items without their bodies, and the bodies together. */
export interface Packed<T> {
  readonly items: readonly T[]
  /** Small bodies end to end. */
  readonly slab: Uint8Array<ArrayBuffer>
  /** Per item: the length of its piece of the slab, or its own large body. */
  readonly bodies: readonly (number | Uint8Array<ArrayBuffer>)[]
}

/** A larger body travels alone, so that a long job does not hold its neighbours' bytes. Bytes. */
const LARGE = 16 * 1024
const NOTHING = new Uint8Array(0)

/**
 * Copies the bodies into buffers of their own and leaves the originals alone: a body may be a view of Node's pool, of
 * which a structured clone takes the whole slab, and the sender still needs it (dead letters, returned messages), so
 * it cannot be transferred. One buffer for many small bodies makes the copy cheap.
 */
export function packBodies<T extends HasMessage>(items: readonly T[]): Packed<T> {
  const bodies = items.map(({ message: { body } }) => (body.length > LARGE ? new Uint8Array(body) : body.length))
  const slab = new Uint8Array(bodies.reduce<number>((sum, body) => sum + (typeof body === 'number' ? body : 0), 0))
  let end = 0
  const bare = items.map(item => {
    const { body } = item.message
    if (body.length <= LARGE) {
      slab.set(body, end)
      end += body.length
    }
    return { ...item, message: { ...item.message, body: NOTHING } }
  })
  return { items: bare, slab, bodies }
}

/** What to hand to `postMessage` for transfer. */
export function buffersOf(packed: Packed<unknown>): readonly ArrayBuffer[] {
  const large = packed.bodies.flatMap(body => (typeof body === 'number' ? [] : [body.buffer]))
  return packed.slab.length === 0 ? large : [packed.slab.buffer, ...large]
}

/** The other side of `packBodies`. */
export function unpackBodies<T extends HasMessage>(packed: Packed<T>): readonly T[] {
  let end = 0
  return packed.items.map((item, index) => {
    const piece = packed.bodies[index] ?? 0
    const body = typeof piece === 'number' ? packed.slab.subarray(end, end + piece) : piece
    if (typeof piece === 'number') end += piece
    return { ...item, message: { ...item.message, body } }
  })
}
