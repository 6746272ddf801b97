import type { SignatureData } from '@umbel/protocol'
import { bodyOf, groupData, kindOf, listOf, membersOf, withBody, withMembers, withOptions } from './data.js'
import { InvalidSignatureError } from './errors.js'
import { OPTION_NAMES } from './options.js'
import type { Signature } from './signature.js'
import type { StampingVisitor, StampOptions, Stamps } from './stamping-visitor.js'

/** Stamps as options carry them. */
interface Headers {
  readonly stamped_headers: readonly string[]
  readonly [name: string]: unknown
}

interface StamperParts {
  readonly visitor: StampingVisitor | undefined
  readonly append: boolean
  readonly wrap: (data: SignatureData) => Signature
}

type Hook = Exclude<keyof StampingVisitor, 'onGroupEnd' | 'onChainEnd' | 'onChordHeaderEnd'>

/** What was given to `stamp`: a visitor and stamps, or stamps alone. */
export interface Stamping {
  readonly stamper: Stamper
  readonly headers: Headers
}

/** @throws InvalidSignatureError where a stamp has the name of an option */
export function readStamping(
  first: StampingVisitor | StampOptions,
  second: StampOptions,
  wrap: StamperParts['wrap']
): Stamping {
  const visitor = typeof first['onSignature'] === 'function' ? (first as StampingVisitor) : undefined
  const { appendStamps: append = false, ...stamps } = visitor === undefined ? (first as StampOptions) : second
  return { stamper: new Stamper({ visitor, append, wrap }), headers: headersOf(stamps) }
}

/** Walks a canvas and stamps its parts. (celery.canvas: stamp, stamp_links) */
export class Stamper {
  readonly #parts: StamperParts

  constructor(parts: StamperParts) {
    this.#parts = parts
  }

  stamp(data: SignatureData, headers: Headers): SignatureData {
    switch (kindOf(data)) {
      case 'chain':
        return this.#members(data, headers, ['onChainStart', 'onChainEnd'])
      case 'group':
        return this.#members(data, headers, ['onGroupStart', 'onGroupEnd'])
      case 'chord':
        return this.#chord(data, headers)
      default:
        return this.#task(data, headers)
    }
  }

  /** Callbacks and errbacks: they get what is being stamped, and never what their owner bears already. */
  links(data: SignatureData, headers: Headers): SignatureData {
    const { link, link_error: linkError } = data.options
    return withOptions(data, {
      ...(link === undefined ? {} : { link: this.#linked(listOf(link), headers, 'onCallback') }),
      ...(linkError === undefined ? {} : { link_error: this.#linked(listOf(linkError), headers, 'onErrback') })
    })
  }

  #linked(links: readonly SignatureData[], headers: Headers, hook: Hook): readonly SignatureData[] {
    return links.map(link => this.stamp(link, this.#ask(hook, link, headers)))
  }

  #task(data: SignatureData, headers: Headers): SignatureData {
    const linked = this.links(data, headers)
    return withOptions(linked, this.#join(this.#ask('onSignature', linked, headers), ownHeaders(data)))
  }

  #members(
    data: SignatureData,
    given: Headers,
    [start, end]: readonly ['onChainStart' | 'onGroupStart', 'onChainEnd' | 'onGroupEnd']
  ): SignatureData {
    const headers = this.#join(this.#ask(start, data, given), ownHeaders(data))
    const linked = this.links(data, headers)
    const stamped = withMembers(
      linked,
      membersOf(linked).map(member => this.stamp(member, headers))
    )
    this.#parts.visitor?.[end]?.(this.#parts.wrap(stamped), shown(headers))
    return stamped
  }

  /** The header, as a group; the body where a visitor decides on it. */
  #chord(data: SignatureData, given: Headers): SignatureData {
    const { visitor, wrap } = this.#parts
    const started =
      visitor?.onChordHeaderStart === undefined
        ? this.#ask('onGroupStart', groupData(membersOf(data)), given)
        : this.#ask('onChordHeaderStart', data, given)
    const headers = this.#join(started, ownHeaders(data))
    const linked = this.links(data, headers)
    const stamped = withMembers(
      linked,
      membersOf(linked).map(member => this.stamp(member, headers))
    )
    visitor?.onChordHeaderEnd?.(wrap(stamped), shown(headers))
    if (visitor === undefined) return stamped
    return withBody(stamped, this.stamp(bodyOf(stamped), this.#ask('onChordBody', stamped, headers)))
  }

  #ask(hook: Hook, data: SignatureData, headers: Headers): Headers {
    const { visitor, wrap } = this.#parts
    const answer = visitor?.[hook]?.(wrap(data), shown(headers))
    return answer === undefined ? headers : this.#join(headers, headersOf(answer as Stamps))
  }

  /** Of values of one name the first stays; or all, in a list. */
  #join(first: Headers, second: Headers): Headers {
    const joined: Record<string, unknown> = { ...first }
    for (const [name, value] of Object.entries(second)) {
      if (!(name in joined)) joined[name] = value
      else if (this.#parts.append) joined[name] = [joined[name], value].flat()
    }
    return { ...joined, stamped_headers: [...new Set([...first.stamped_headers, ...second.stamped_headers])] }
  }
}

function headersOf({ stampedHeaders, ...values }: Stamps): Headers {
  const names = stampedHeaders ?? Object.keys(values)
  const option = names.find(name => WIRE_OPTIONS.has(name))
  if (option !== undefined)
    throw new InvalidSignatureError(`a stamp cannot be called '${option}': that is an option of the call`)
  return { ...values, stamped_headers: names }
}

const WIRE_OPTIONS: ReadonlySet<string> = new Set(Object.values(OPTION_NAMES))

function ownHeaders({ options }: SignatureData): Headers {
  const { stamped_headers: names = [] } = options
  return { ...Object.fromEntries(names.map(name => [name, options[name]])), stamped_headers: names }
}

function shown({ stamped_headers: stampedHeaders, ...values }: Headers): Stamps {
  return { ...values, stampedHeaders }
}
