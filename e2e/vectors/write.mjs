// Prints what @umbel/protocol writes, as JSON for check.py: `node e2e/vectors/write.mjs | python3 e2e/vectors/check.py`.
import {
  argsrepr,
  ChordError,
  Decimal,
  defaultCompressions,
  defaultSerializers,
  encodeJson,
  encodeMeta,
  errorRepr,
  errorToData,
  formatTime,
  groupTuple,
  kwargsrepr,
  MaxRetriesExceededError,
  normalizeSignature,
  NotRegistered,
  PlainDate,
  PlainTime,
  Reject,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  taskTuple,
  Uuid,
  WorkerLostError,
  writeTask,
  writeTaskV1
} from '@umbel/protocol'

const ID = '11111111-1111-4111-8111-111111111111'
const codecs = { serializers: defaultSerializers, compressions: defaultCompressions }
const add = (...args) => normalizeSignature({ task: 't.add', args })

const values = {
  numbers: [0, -1, 1.5, 1e-7, 6.02e23, 2 ** 53 - 1, 2n ** 80n, -(3n ** 50n)],
  'non-finite': [NaN, Infinity, -Infinity],
  text: ['é 漢字 😀 \u0000\u007f"\\/', '\ud800'],
  tagged: [
    new Date('2026-01-02T03:04:05.120Z'),
    new PlainDate(2026, 1, 2),
    new PlainTime('03:04:05.00006'),
    new Decimal('1.10'),
    new Uuid('12345678-1234-5678-1234-567812345678'),
    Buffer.from('abc'),
    Buffer.from([255, 0])
  ],
  nested: { a: [{ b: null }], __proto: true }
}

const calls = {
  plain: {},
  tagged: { args: [new Date(0), Buffer.from([255])], kwargs: { id: new Uuid(ID) } },
  times: { headers: { eta: formatTime(1_795_227_225_952), expires: formatTime(4e12, { offset: 90 }) } },
  links: { embed: { callbacks: [add(10)], errbacks: [add(1, 2)], chain: [add(3), add(4)], chord: add() } },
  group: { headers: { group: 'gid', groupIndex: 3, timelimit: [30, 20.5] } },
  stamps: { headers: { stampedHeaders: ['customer'], stamps: { customer: ['acme'] }, custom: { tenant: 'acme' } } },
  gzip: { compression: 'gzip' },
  yaml: { serializer: 'yaml', args: ['é', 'yes', new Date(0), Buffer.from([255]), 2n ** 60n], kwargs: { a: [{ b: null }] } },
  msgpack: { serializer: 'msgpack', args: ['é', Buffer.from([255]), 2n ** 60n, -1.5], kwargs: { a: [{ b: null }] } },
  brotli: { compression: 'brotli' }
}

const errors = [
  new Error('boom'),
  new TypeError('wrong'),
  new RangeError('out'),
  new ReferenceError('x'),
  new (class PaymentError extends Error {})('declined'),
  new NotRegistered('t.none'),
  new TaskRevokedError('expired'),
  new MaxRetriesExceededError("Can't retry"),
  new ChordError('part failed'),
  new Reject('bad'),
  new SoftTimeLimitExceeded(),
  new WorkerLostError('gone'),
  'a string'
]

const signatures = {
  plain: add(1, 2),
  chain: { task: 'celery.chain', kwargs: { tasks: [add(1, 2), add(3)] }, subtask_type: 'chain' },
  group: { task: 'celery.group', kwargs: { tasks: [add(1, 2), add(3, 4)] }, subtask_type: 'group' },
  chord: { task: 'celery.chord', kwargs: { kwargs: {}, header: [add(1, 2)], body: add(3) }, subtask_type: 'chord' },
  links: { task: 't.add', options: { link: add(1), link_error: [add(2)] } }
}

process.stdout.write(
  JSON.stringify({
    values: Object.entries(values).map(([name, value]) => ({ name, text: encodeJson(value), repr: argsrepr([value]) })),
    messages: Object.entries(calls).flatMap(([name, call]) => [messageOf(name, call, 2), messageOf(name, call, 1)]),
    metas: metas().map(encodeMeta),
    errors: errors.map(error => ({ text: encodeJson(errorToData(error)), repr: errorRepr(error) })),
    signatures: Object.entries(signatures).map(([name, value]) => ({ name, text: encodeJson(normalizeSignature(value)) }))
  })
)

function messageOf(name, over, protocol) {
  const call = callOf(over)
  const chainless = { ...call, embed: { ...call.embed, chain: null } }
  const { headers, properties, body } = protocol === 2 ? writeTask(call, codecs) : writeTaskV1(chainless, codecs)
  return {
    name: `${name} (protocol ${protocol})`,
    headers: encodeJson(headers),
    contentType: properties.contentType,
    contentEncoding: properties.contentEncoding,
    properties: { correlation_id: properties.correlationId, reply_to: properties.replyTo, priority: properties.priority },
    body: Buffer.from(body).toString('base64'),
    expected: encodeJson({ args: call.args, kwargs: call.kwargs })
  }
}

function callOf(over) {
  const args = over.args ?? [1, 2]
  const kwargs = over.kwargs ?? {}
  const headers = {
    task: 't.add',
    id: ID,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    groupIndex: null,
    retries: 0,
    timelimit: [null, null],
    rootId: ID,
    parentId: null,
    argsrepr: argsrepr(args),
    kwargsrepr: kwargsrepr(kwargs),
    origin: 'gen1@host',
    ignoreResult: false,
    replacedTaskNesting: 0,
    stampedHeaders: null,
    stamps: {},
    custom: {},
    ...over.headers
  }
  const embed = { callbacks: null, errbacks: null, chain: null, chord: null, ...over.embed }
  return { ...over, headers, args, kwargs, embed, correlationId: ID, replyTo: '' }
}

function metas() {
  const meta = { traceback: null, children: [], date_done: formatTime(1_795_227_225_952), task_id: ID }
  return [
    { ...meta, status: 'SUCCESS', result: { n: 2n ** 80n, at: new Date(0) } },
    { ...meta, status: 'SUCCESS', result: 1, children: [groupTuple('g', [taskTuple('a'), taskTuple('b', taskTuple('p'))])] },
    { ...meta, status: 'FAILURE', result: errorToData(new TypeError('boom')), traceback: 'Error: boom\n    at x' },
    { ...meta, status: 'REVOKED', result: errorToData(new TaskRevokedError('revoked')) },
    { ...meta, status: 'PROGRESS', result: { done: 1 }, date_done: null }
  ]
}
