import type { Signature } from './signature.js'

/** Stamps by name. With `stampedHeaders` only those named are stamps; the others are options of the signature. */
export interface Stamps {
  readonly stampedHeaders?: readonly string[]
  readonly [name: string]: unknown
}

/** What `signature.stamp` takes beside, or in place of, a visitor. */
export interface StampOptions extends Stamps {
  /** Gather values of one name in a list, the newest first, instead of keeping the newest. @default false */
  readonly appendStamps?: boolean
}

type Answer = Stamps | undefined | void

/**
 * Decides on the stamps of each part of a canvas. Every hook hears the stamps so far and answers more of them; what the
 * start of a composite answers reaches all its parts. (celery.canvas.StampingVisitor)
 */
export interface StampingVisitor {
  /** Each task. */
  onSignature(signature: Signature, stamps: Stamps): Answer
  onGroupStart?(group: Signature, stamps: Stamps): Answer
  onGroupEnd?(group: Signature, stamps: Stamps): void
  onChainStart?(chain: Signature, stamps: Stamps): Answer
  onChainEnd?(chain: Signature, stamps: Stamps): void
  /** @default onGroupStart of the header */
  onChordHeaderStart?(chord: Signature, stamps: Stamps): Answer
  onChordHeaderEnd?(chord: Signature, stamps: Stamps): void
  /** The body is stamped by visitors alone. */
  onChordBody?(chord: Signature, stamps: Stamps): Answer
  onCallback?(callback: Signature, stamps: Stamps): Answer
  onErrback?(errback: Signature, stamps: Stamps): Answer
}
