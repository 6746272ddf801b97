/** The smallest task message that Celery's protocol allows, and its results: what the floors move about. */
const BODY = JSON.stringify([[1, 1], {}, { callbacks: null, errbacks: null, chain: null, chord: null }])
const ENCODED = Buffer.from(BODY).toString('base64')

export const body = Buffer.from(BODY)

export function idOf(number: number): string {
  return `795f1bb5-077d-4582-86d4-${String(number).padStart(12, '0')}`
}

export function headersOf(number: number): Record<string, unknown> {
  const id = idOf(number)
  const none = { eta: null, expires: null, group: null, group_index: null, parent_id: null, shadow: null }
  const own = { lang: 'js', task: 'bench.add', id, root_id: id, retries: 0, timelimit: [null, null] }
  return { ...own, ...none, argsrepr: '(1, 1)', kwargsrepr: '{}', origin: 'floor@bench', ignore_result: true }
}

/** As kombu puts it into a list. */
export function envelopeOf(number: number): string {
  const tag = idOf(number)
  const delivery = { delivery_mode: 2, delivery_info: { exchange: '', routing_key: 'bench' }, priority: 0 }
  return JSON.stringify({
    body: ENCODED,
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: headersOf(number),
    properties: { correlation_id: tag, reply_to: tag, ...delivery, body_encoding: 'base64', delivery_tag: tag }
  })
}

/** What a worker has to read of a message. */
export function readEnvelope(text: string): string {
  const { body: encoded, properties } = JSON.parse(text) as { body: string; properties: { delivery_tag: string } }
  JSON.parse(Buffer.from(encoded, 'base64').toString())
  return properties.delivery_tag
}

export function resultOf(id: string): string {
  return JSON.stringify({ status: 'SUCCESS', result: 2, traceback: null, children: [], date_done: null, task_id: id })
}

export function perSecond(count: number, since: number): number {
  return Math.round((count / (performance.now() - since)) * 1000)
}
