#!/usr/bin/env python3
"""Writes the golden vectors of packages/protocol/test/vectors with the real Celery.

    python3 e2e/vectors/make.py

Each file says which versions wrote it. Ids, host names and times are fixed, so that a second run changes nothing.
"""
import base64
import datetime as dt
import decimal
import json as plain_json
import pathlib
import uuid

from environment import ensure_celery

ensure_celery()

import celery  # noqa: E402
import kombu  # noqa: E402
from celery import Celery, chain, chord, chunks, group, xmap, xstarmap  # noqa: E402
from celery import exceptions as errors  # noqa: E402
from celery.app.task import Context  # noqa: E402
from celery.utils.saferepr import saferepr  # noqa: E402
from dateutil.parser import isoparse  # noqa: E402
from kombu import compression, serialization  # noqa: E402
from kombu.utils import json  # noqa: E402

TARGET = pathlib.Path(__file__).resolve().parents[2] / 'packages' / 'protocol' / 'test' / 'vectors'
UTC = dt.timezone.utc
NOW = dt.datetime(2026, 11, 21, 2, 12, 1, 755317, UTC)

app = Celery('vectors', broker='memory://', backend='cache+memory://')
app.conf.update(task_default_queue='celery', result_extended=False)
app.now = lambda: NOW


@app.task(name='t.add')
def add(x, y):
    return x + y


@app.task(name='t.tsum')
def tsum(values):
    return sum(values)


def main() -> None:
    write('json', json_values())
    write('messages', messages())
    write('reprs', reprs())
    write('metas', metas())
    write('signatures', signatures())
    write('exceptions', exceptions())
    write('compressions', compressions())
    write('serializers', serializers())
    write('times', times())


def write(name: str, cases: list) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    versions = {'celery': celery.__version__, 'kombu': kombu.__version__}
    text = plain_json.dumps({'versions': versions, 'cases': cases}, indent=1)
    (TARGET / f'{name}.json').write_text(text + '\n')
    print(f'{name}: {len(cases)} cases')


def json_values() -> list:
    """`same`: what JavaScript reads can be written again to the byte."""
    same = {
        'null': None, 'true': True, 'false': False, 'zero': 0, 'negative': -17, 'safe': 2 ** 53 - 1,
        'beyond 2^53': 2 ** 53 + 1, 'huge': 3 ** 200, 'huge negative': -(2 ** 64),
        'float': 1.5, 'tenths': 0.1 + 0.2, 'small': 1e-05, 'smaller': 1.234e-07, 'tiny': 5e-324, 'edge': 0.0001,
        'large': 1.7976931348623157e308, '1e21': 1e21, 'avogadro': 6.02214076e23, 'minus zero': -0.0,
        'nan': float('nan'), 'inf': float('inf'), 'minus inf': float('-inf'),
        'empty text': '', 'ascii': 'hello', 'quotes': 'a"b\\c/d', 'controls': '\x00\x01\b\t\n\x0b\f\r\x1f\x7f',
        'latin': 'é\xa0', 'chinese': '漢字', 'emoji': '😀', 'lone surrogate': '\ud800', 'line separator': '\u2028',
        'empty list': [], 'list': [1, 'a', None], 'nested': [[[]], [{}]],
        'empty dict': {}, 'dict': {'a': 1, 'b': [True]}, 'odd keys': {'': 1, 'é': 2, '__proto__': {'x': 1}, 'a b': 3},
        'integer keys': {1: 'a', None: 'b', True: 'c'},
        'datetime': dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        'datetime with ms': dt.datetime(2026, 1, 2, 3, 4, 5, 123000, UTC),
        'datetime with us': dt.datetime(2026, 1, 2, 3, 4, 5, 123456, UTC),
        'datetime naive': dt.datetime(2026, 1, 2, 3, 4, 5),
        'datetime naive us': dt.datetime(1969, 12, 31, 23, 59, 59, 1),
        'datetime in Paris': dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        'datetime in India': dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        'datetime first': dt.datetime(1, 1, 1, tzinfo=UTC), 'datetime last': dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        'date': dt.date(2026, 1, 2), 'date leap': dt.date(2024, 2, 29), 'date first': dt.date(1, 1, 1),
        'time': dt.time(3, 4, 5), 'time us': dt.time(3, 4, 5, 60), 'midnight': dt.time(0, 0),
        'time with zone': dt.time(3, 4, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30))),
        'decimal': decimal.Decimal('1.10'), 'decimal exponent': decimal.Decimal('1E+400'),
        'decimal nan': decimal.Decimal('NaN'), 'decimal inf': decimal.Decimal('-Infinity'),
        'uuid': uuid.UUID('12345678-1234-5678-1234-567812345678'),
        'bytes': b'abc', 'bytes empty': b'', 'bytes utf-8': 'é😀'.encode(), 'bytes binary': b'\xff\x00\xfe',
        'bytes with bom': b'\xef\xbb\xbfx',
        'marker with more': {'__type__': 'datetime', '__value__': 'x', 'more': 1},
        'marker alone': {'__type__': 'datetime'},
        'tagged inside': {'when': [dt.date(2026, 1, 2), {'id': uuid.UUID(int=1)}]},
        'deep': nested(300),
    }
    other = {'float that is whole': 1.0, 'float beyond 2^53': 1e17}
    cases = [{'name': name, 'text': json.dumps(value), 'same': True} for name, value in same.items()]
    return cases + [{'name': name, 'text': json.dumps(value), 'same': False} for name, value in other.items()]


def nested(depth: int) -> list:
    value = []
    for _ in range(depth):
        value = [value]
    return value


def messages() -> list:
    eta = dt.datetime(2026, 11, 21, 2, 13, 45, 952114, UTC)
    options = {
        'plain': {},
        'kwargs': {'kwargs': {'y': 2}, 'args': (1,)},
        'tagged': {'args': (eta, b'\xff'), 'kwargs': {'id': uuid.UUID(int=7)}},
        'countdown': {'countdown': 90},
        'eta': {'eta': eta, 'expires': dt.datetime(2027, 1, 1, tzinfo=UTC)},
        'eta naive': {'eta': dt.datetime(2026, 11, 21, 2, 13, 45)},
        'eta in Paris': {'eta': dt.datetime(2026, 11, 21, 3, 13, 45, tzinfo=dt.timezone(dt.timedelta(hours=1)))},
        'expires in the past': {'expires': -10},
        'group': {'group_id': 'gid', 'group_index': 3},
        'limits': {'time_limit': 30, 'soft_time_limit': 20.5},
        'parents': {'root_id': 'root', 'parent_id': 'parent'},
        'links': {'link': add.s(10), 'link_error': [add.si(1, 2), tsum.s()]},
        'chain': {'chain': [tsum.s(), add.s(8)]},
        'chord': {'chord': tsum.s(), 'group_id': 'gid', 'group_index': 0},
        'user headers': {'headers': {'tenant': 'acme', 'nested': {'a': [1]}}},
        'stamps': {'stamped_headers': ['customer'], 'customer': ['acme']},
        'priority': {'priority': 5, 'shadow': 'shown', 'retries': 2},
        'ignore result': {'ignore_result': True},
        'transient': {'delivery_mode': 1},
        'gzip': {'compression': 'gzip'}, 'brotli': {'compression': 'brotli'}, 'zstd': {'compression': 'zstd'},
        'bzip2': {'compression': 'bzip2'},
        'unicode': {'args': ('漢字 😀', "it's")},
        'big': {'args': (2 ** 80, float('nan'))},
        'replaced': {'replaced_task_nesting': 1},
    }
    cases = [capture(name, 2, call) for name, call in options.items()]
    v1 = ('plain', 'kwargs', 'tagged', 'eta', 'group', 'limits', 'links', 'chord', 'priority', 'user headers')
    return cases + [capture(f'v1 {name}', 1, options[name]) for name in v1]


def capture(name: str, protocol: int, call: dict) -> dict:
    app.conf.task_protocol = protocol
    app.__dict__.pop('amqp', None)
    call = {'args': (1, 2), 'kwargs': {}, **call}
    now, app.now = app.now, lambda: NOW
    with app.connection_for_write() as connection:
        with connection.SimpleQueue('celery') as queue:
            queue.clear()
        app.send_task('t.add', task_id='11111111-1111-4111-8111-111111111111', origin='gen1@host',
                      reply_to='c8714b00-a61c-3896-bdf3-0dd95ca12824', queue='celery', connection=connection, **call)
        envelope = connection.default_channel._get('celery')
    app.now = now
    properties = {key: value for key, value in envelope['properties'].items()
                  if key in ('correlation_id', 'reply_to', 'delivery_mode', 'priority', 'expiration')}
    if 'expiration' in properties and not call.get('expires') == -10:
        del properties['expiration']  # depends on the day
    return {
        'name': name, 'protocol': protocol, 'headers': json.dumps(envelope['headers']), 'properties': properties,
        'contentType': envelope['content-type'], 'contentEncoding': envelope['content-encoding'],
        'body': base64.b64encode(body_of(envelope)).decode(),
    }


def body_of(envelope: dict) -> bytes:
    assert envelope['properties']['body_encoding'] == 'base64'
    return base64.b64decode(envelope['body'])


def reprs() -> list:
    """`value` is kombu JSON; kind `tuple` and `set` say what the list is in Python."""
    quotes = "it's"
    values = [
        [1, 2], [], [1], ['a', 'é\n\\', quotes], [True, False, None], [1.5, 1e-07, 1e21, 0.1 + 0.2, -0.0],
        [float('nan'), float('inf'), float('-inf')], [2 ** 70], [[1, [2, [3, [4, [5]]]]]], [{'a': {'b': {'c': {'d': 1}}}}],
        {'x': 1, 'y': [1, 2], 'z': {}}, {}, [b'abc', b'\xff\x00', 'é'.encode()], [decimal.Decimal('1.10')],
        [uuid.UUID(int=5)], [dt.date(2026, 1, 2)], [dt.datetime(2026, 1, 2, 3, 4, tzinfo=UTC)],
        [dt.datetime(2026, 1, 2, 3, 4, 5, 123000, UTC)], [dt.time(3, 4, 5, 60), dt.time(3, 4), dt.time(3, 4, 5)],
        ['x' * 2000], ['word ' * 400], list(range(1000)), ['漢字😀' * 400], [b'x' * 2000], [b'\xff' * 2000],
        [['a' * 500, 'b' * 600], 'c'], {'k' * 1100: 1, 'other': 2}, {f'key{i}': 'v' * i for i in range(60)},
        [{'a': 'x' * 1000}, {'b': 2}], [[[['x' * 1200]]]], [{'a': [1, {'b': 'y' * 1010}]}, [2], 3],
    ]
    cases = [{'value': json.dumps(value), 'reprs': reprs_of(value)} for value in values]
    cases += [{'value': json.dumps(value), 'reprs': [one_repr(set(value), 'set', 1024)]} for value in ([], [1], [3])]
    deep = [1, [2, [3, [4, {'a': {}}]]]]
    return [*cases, {'value': json.dumps(deep), 'reprs': [one_repr(deep, 'value', 1024, levels) for levels in (1, 2, 5)]}]


def reprs_of(value) -> list:
    limits = [limit for limit in (None, 10, 30, 100, 1024) if limit is not None or len(json.dumps(value)) < 5000]
    found = [one_repr(value, 'value', limit) for limit in limits]
    return found + ([one_repr(tuple(value), 'tuple', limit) for limit in limits] if isinstance(value, list) else [])


def one_repr(value, kind: str, limit, levels: int = 3) -> dict:
    return {'kind': kind, 'maxLength': limit, 'maxLevels': levels, 'expected': saferepr(value, maxlen=limit, maxlevels=levels)}


def metas() -> list:
    backend = app.backend
    request = Context({'id': 'c1', 'task': 't.add', 'args': [1, 2], 'kwargs': {'a': 1}, 'hostname': 'w1@h', 'retries': 1,
                       'delivery_info': {'routing_key': 'celery'}, 'group': 'gid', 'parent_id': 'p1'})
    child = app.AsyncResult('child', parent=app.AsyncResult('c1'))
    request.children.append(child)
    request.children.append(app.GroupResult('g1', [app.AsyncResult('m1'), app.AsyncResult('m2')]))
    stamped = Context({'id': 'c1', 'task': 't.add', 'args': [], 'kwargs': {}, 'stamped_headers': ['customer'],
                       'stamps': {'customer': 'acme', 'unlisted': 1}})
    plain = Context({'id': 'c1'})
    cases = []

    def case(name, state, result, traceback=None, context=plain, extended=False):
        app.conf.result_extended = extended
        backend.delete(backend.get_key_for_task('c1'))
        backend.store_result('c1', result, state, traceback=traceback, request=context)
        cases.append({'name': name, 'text': backend.get(backend.get_key_for_task('c1')).decode()
                      if isinstance(backend.get(backend.get_key_for_task('c1')), bytes)
                      else backend.get(backend.get_key_for_task('c1'))})
        app.conf.result_extended = False

    case('success', 'SUCCESS', 3)
    case('no request', 'SUCCESS', None, context=None)
    case('tagged', 'SUCCESS', {'at': NOW, 'raw': b'\xff', 'big': 2 ** 80, 'nan': float('nan')})
    case('failure', 'FAILURE', ValueError('boom', 42), 'Traceback (most recent call last):\nValueError: boom\n')
    case('retry', 'RETRY', KeyError('again'), 'celery.exceptions.Retry: Retry in 0.2s')
    case('revoked', 'REVOKED', errors.TaskRevokedError('revoked'))
    case('started', 'STARTED', {'pid': 7, 'hostname': 'w1@h'})
    case('custom', 'PROGRESS', {'done': 3, 'of': 10})
    case('not registered', 'FAILURE', errors.NotRegistered('t.none'))
    case('children', 'SUCCESS', 1, context=request)
    case('extended', 'SUCCESS', 1, context=request, extended=True)
    case('stamps', 'SUCCESS', 1, context=stamped, extended=True)
    case('result object', 'SUCCESS', app.AsyncResult('r1'))
    return cases


def signatures() -> list:
    s, si = add.s, add.si

    def frozen(signature):
        signature.freeze('11111111-1111-4111-8111-111111111111')
        return signature

    linked = s(1)
    linked.link(s(2))
    linked.link_error(tsum.s())
    stamped = s(1, 2)
    stamped.stamp(customer='acme')
    values = {
        'plain': s(1, 2), 'immutable': si(1, 2), 'kwargs': add.signature((1,), {'y': 2}),
        'options': s(1).set(queue='lopri', countdown=10, priority=3, expires=60), 'links': linked, 'stamped': stamped,
        'clone': s(1).clone((5,)), 'by name': app.signature('other.task', args=(1,)),
        'chain': chain(s(1, 2), s(3)), 'chain of three': s(1, 2) | s(3) | tsum.s(),
        'group': group(s(1, 1), s(2, 2)), 'group of chains': group(s(1, 1) | s(2), s(3, 3)),
        'chord': chord([s(1, 1), s(2, 2)], tsum.s()), 'nested chord': chord([chord([s(1, 1)], tsum.s()), s(2, 2)], tsum.s()),
        'chain with chord': s(1, 1) | group(s(2), s(3)) | tsum.s(),
        'chunks': add.chunks([(1, 1), (2, 2), (3, 3)], 2), 'map': tsum.map([[1], [2]]), 'starmap': add.starmap([(1, 2)]),
        'chunks class': chunks(add.s(), [(1, 1)], 1), 'xmap': xmap(tsum.s(), [[1]]), 'xstarmap': xstarmap(add.s(), [[1, 2]]),
        'frozen': frozen(s(1, 2)), 'dates': add.s(NOW, b'\xff'),
    }
    return [{'name': name, 'text': json.dumps(value)} for name, value in values.items()]


class Custom(Exception):
    pass


def exceptions() -> list:
    quotes = 'say "it\'s"'
    values = [
        ValueError('boom', 42), ValueError(), KeyError('again'), TypeError('wrong'), Exception('x'), RuntimeError("it's"),
        RuntimeError(quotes), ValueError('line\nbreak\ttab \\ é \xa0 \u200b 😀 \x00'), ZeroDivisionError('division by zero'),
        NameError("name 'x' is not defined"), IndexError(1.5, None, True, [1, 'a'], {'k': 2}),
        ValueError(b'\xff', decimal.Decimal('1.5')), Custom('own'), OSError(2, 'No such file'),
        errors.NotRegistered('t.none'), errors.TaskRevokedError('expired'), errors.MaxRetriesExceededError("Can't retry t.add"),
        errors.ChordError("Dependency x raised ValueError('boom')"), errors.Reject('bad', False), errors.Reject('bad', True),
        errors.Ignore(), errors.TimeoutError('The operation timed out.'), errors.InvalidTaskError('no'),
        errors.ImproperlyConfigured('no'), errors.QueueNotFound('q'), errors.IncompleteStream('cut'),
        errors.AlreadyRegistered('t'), errors.SecurityError('no'), errors.WorkerShutdown(1), errors.WorkerTerminate(2),
        errors.SoftTimeLimitExceeded(), errors.SoftTimeLimitExceeded(3), errors.TimeLimitExceeded(5),
        errors.WorkerLostError('gone'), errors.Terminated(15), errors.OperationalError('refused'),
    ]
    return [{'text': json.dumps(app.backend.prepare_exception(value)), 'repr': repr(value), 'str': str(value)}
            for value in values]


def compressions() -> list:
    texts = ['', 'a', '[[1, 2], {}, null]', 'é' * 100, 'word ' * 1000]
    return [{'contentType': content_type, 'text': text,
             'data': base64.b64encode(compression.compress(text.encode(), content_type)[0]).decode()}
            for content_type in sorted(compression.encoders()) for text in texts]


def serializers() -> list:
    """What yaml and msgpack make of values; `value` is the same in JSON."""
    common = {
        'message': [[1, 'é 漢字 😀'], {'y': None}, {'callbacks': None, 'errbacks': None, 'chain': None, 'chord': None}],
        'numbers': [0, -1, 127, 128, 65536, 2 ** 31, 2 ** 53 - 1, 2 ** 53 + 1, -(2 ** 63), 1.5, 1e300, 5e-324],
        'not finite': [float('inf'), float('-inf')],
        'texts': ['', 'yes', 'no', 'null', '1', '1.5', '~', '2026-01-01', 'a: b', '- x', '#', ' lead', 'a\nb\n', '"', "'", '\t', '\x85'],
        'bytes': [b'abc', b'\xff\x00', b''],
        'nested': {'a': [{'b': [{}]}], '': [], 'odd key: ': True},
    }
    only_yaml = {'dates': [dt.datetime(2026, 1, 2, 3, 4, 5, 120000, UTC), dt.datetime(2026, 1, 2, tzinfo=UTC), dt.date(2026, 1, 2)], 'huge': [3 ** 100]}
    values = [('yaml', name, value) for name, value in {**common, **only_yaml}.items()]
    values += [('msgpack', name, value) for name, value in common.items()]
    return [{'serializer': serializer, 'name': name, 'value': json.dumps(value), 'data': encoded(value, serializer)}
            for serializer, name, value in values]


def encoded(value, serializer: str) -> str:
    data = serialization.dumps(value, serializer)[2]
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def times() -> list:
    """`ms` is null where Python refuses the text."""
    texts = [
        '2026-11-21T02:13:45+00:00', '2026-11-21T02:13:45.952114+00:00', '2026-11-21T02:13:45', '2026-11-21 02:13:45',
        '2026-11-21T02:13:45Z', '2026-11-21T02:13:45.952Z', '2026-11-21T02:13:45.9521149999Z', '2026-11-21T02:13:45,5Z',
        '2026-11-21T03:13:45+0100', '2026-11-21T03:13:45+01', '2026-11-21T03:13:45-03:30', '20261121T021345Z',
        '20261121T0213Z', '2026-11-21T02:13', '2026-11-21T02', '2026-11-21', '2026-11', '2026', '20261121',
        '2026-11-21T24:00', '2026-11-21T24:00:00Z', '1969-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z',
        '9999-12-31T23:59:59Z', '2024-02-29T00:00:00Z',
        '', 'tomorrow', '2026-13-01', '2026-02-30', '2025-02-29', '2026-11-21T25:00', '2026-11-21T02:60', '2026-11-21T02:13:61',
        '2026-11-21T24:01', '2026-11-21T02:13:45+24:00', '2026-11-21T02:13:45+1', '2026-11-21T02:13:45 UTC', '26-11-21',
        '0000-01-01', '2026-11-21T', '2026-11-21T02:13:45.', '1795227121', '2026-11-21T02:13:45Zx',
    ]
    return [{'text': text, 'ms': milliseconds(text)} for text in texts]


def milliseconds(text: str):
    try:
        moment = isoparse(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - dt.datetime(1970, 1, 1, tzinfo=UTC)) // dt.timedelta(milliseconds=1)


if __name__ == '__main__':
    main()
