"""The Python half of the fleet: the tasks of e2e/src/interop/tasks.ts, under the same names, for Celery."""
import fcntl
import json as plain_json
import os
import pathlib
import time

from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded

from config import app

BY = 'python'


class InteropError(Exception):
    """One that only this program knows."""


def note(task, **more) -> None:
    """Writes down who ran it, in one write: two languages share the file."""
    line = {'by': BY, 'task': task.name, 'id': task.request.id, 'retries': task.request.retries, 'at': time.time(), **more}
    with open(os.environ['INTEROP_RECORD'], 'a') as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        record.write(plain_json.dumps(line) + '\n')


@app.task(bind=True, name='interop.add')
def add(self, x, y):
    note(self)
    return x + y


@app.task(bind=True, name='interop.echo')
def echo(self, first=None, second=None, third=None):
    note(self)
    return [first, second, third]


@app.task(bind=True, name='interop.silent', ignore_result=True)
def silent(self):
    note(self)
    return 'unheard'


@app.task(bind=True, name='interop.kinds')
def kinds(self, values):
    """What the values are here, and the values themselves."""
    note(self)
    return {'kinds': [kind_of(value) for value in values], 'values': values}


def kind_of(value) -> str:
    names = {'NoneType': 'null', 'bool': 'boolean', 'str': 'text', 'list': 'list', 'dict': 'mapping', 'UUID': 'uuid', 'Decimal': 'decimal'}
    name = type(value).__name__
    if name == 'float':
        return 'number'
    return names.get(name, {'int': 'number'}.get(name, name))


@app.task(bind=True, name='interop.request')
def request(self):
    """What this task knows of its message."""
    note(self)
    request = self.request
    info = request.delivery_info or {}
    return {
        'id': request.id,
        'root_id': request.root_id,
        'parent_id': request.parent_id,
        'group': request.group,
        'retries': request.retries,
        'eta': request.eta,
        'expires': request.expires,
        'timelimit': list(request.timelimit or [None, None]),
        'shadow': request.shadow,
        'ignore_result': request.ignore_result,
        'headers': request.headers,
        'stamps': request.stamps,
        'routing_key': info.get('routing_key'),
        'exchange': info.get('exchange'),
        'priority': info.get('priority'),
        'redelivered': bool(info.get('redelivered')),
        'correlation_id': request.correlation_id,
        'argsrepr': request.argsrepr,
        'origin': request.origin,
    }


@app.task(bind=True, name='interop.moment')
def moment(self):
    """When it ran, in seconds since the epoch."""
    note(self)
    return {'at': time.time(), 'eta': self.request.eta}


@app.task(bind=True, name='interop.fail')
def fail(self, kind, message='boom'):
    note(self)
    raise {'value': ValueError(message, 42), 'type': TypeError(message), 'own': InteropError(message)}[kind]


@app.task(bind=True, name='interop.control')
def control(self, verb):
    """Ends in another way than by an answer or an error."""
    note(self)
    if verb == 'ignore':
        self.update_state(state='LEFT', meta={'by': BY})
        raise Ignore()
    raise Reject('not wanted', requeue=False)


@app.task(bind=True, name='interop.progress')
def progress(self, gate):
    """Tells of a state of its own until the gate opens."""
    note(self)
    self.update_state(state='PROGRESS', meta={'done': 3, 'of': 7, 'by': BY})
    wait_for(gate)
    return 'done'


@app.task(bind=True, name='interop.hold')
def hold(self, gate):
    note(self)
    wait_for(gate)
    return 'held'


def wait_for(gate, seconds=60) -> None:
    end = time.monotonic() + seconds
    while not pathlib.Path(gate).exists():
        if time.monotonic() > end:
            raise TimeoutError(f'{gate} never opened')
        time.sleep(0.02)


@app.task(bind=True, name='interop.slow')
def slow(self, seconds):
    """Overstays its time limits; says so when the soft one is told to it."""
    note(self)
    try:
        time.sleep(seconds)
    except SoftTimeLimitExceeded:
        note(self, soft=True)
        raise
    return 'slept'


@app.task(bind=True, name='interop.again', max_retries=5)
def again(self, times, countdown=0, seen=()):
    """Tries until it was retried so often; answers who ran each attempt."""
    note(self)
    attempts = [*seen, f'{BY}:{self.request.retries}']
    if self.request.retries < times:
        raise self.retry(args=[times, countdown, attempts], countdown=countdown, exc=ValueError('not yet'))
    return attempts


@app.task(bind=True, name='interop.stubborn', max_retries=1)
def stubborn(self):
    """Never succeeds, and has one retry."""
    note(self)
    raise self.retry(countdown=0, exc=KeyError('never'))


@app.task(bind=True, name='interop.hop', max_retries=10)
def hop(self, queues, seen=()):
    """Is retried on each queue in turn: whoever serves it runs the next attempt."""
    note(self)
    attempts = [*seen, f'{BY}:{self.request.retries}']
    if not queues:
        return attempts
    raise self.retry(args=[queues[1:], attempts], queue=queues[0], countdown=0)


@app.task(bind=True, name='interop.step')
def step(self, trail, tag):
    note(self)
    return [*trail, f'{BY}:{tag}']


@app.task(bind=True, name='interop.member')
def member(self, index):
    note(self)
    return [index, BY]


@app.task(bind=True, name='interop.join')
def join(self, parts, tag=''):
    """The body of a chord: what it got, and who it is."""
    note(self)
    return {'by': BY, 'tag': tag, 'parts': parts}


@app.task(bind=True, name='interop.called')
def called(self, value, key):
    """A callback: notes what it was called with."""
    note(self, key=key, value=value)
    return value


@app.task(bind=True, name='interop.replace')
def replace(self, x, queue):
    """Puts another task in its place."""
    note(self)
    raise self.replace(add.s(x, 1).set(queue=queue))


@app.task(bind=True, name='interop.measure')
def measure(self, text):
    note(self)
    return [len(text), text]


@app.task(bind=True, name=f'interop.only_{BY}')
def only(self, x):
    """A task that the other language does not have."""
    note(self)
    return [BY, x]

