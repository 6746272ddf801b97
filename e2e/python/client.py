"""A caller in Python: makes the calls of a plan, all at once, and writes down what came back.

    python client.py <plan> <outcomes>

Both are JSON as kombu writes it. e2e/src/interop/programs/client.ts is its twin.
"""
import pathlib
import re
import sys
import time
from datetime import datetime, timedelta, timezone

from celery import chain, chord, group
from celery.canvas import chunks, xmap, xstarmap
from celery.exceptions import TimeoutError as ResultTimeout
from celery.result import GroupResult
from kombu.utils import json

from config import app

PATIENCE = 60
LONGEST_SILENCE = 10


def main(plan: str, outcomes: str) -> None:
    cases = json.loads(pathlib.Path(plan).read_text())
    under_way = [Case(data) for data in cases]
    for case in under_way:
        case.guarded(case.send)
    watch([case for case in under_way if case.data.get('watch') and not case.outcome.get('trouble')])
    for case in under_way:
        case.guarded(case.gather)
    pathlib.Path(outcomes).write_text(json.dumps([case.outcome for case in under_way]))


class Case:
    def __init__(self, data) -> None:
        self.data = data
        self.outcome = {'name': data['name'], 'sent': time.time()}
        self.result = None

    def guarded(self, work) -> None:
        """What goes wrong belongs to this case alone."""
        if 'trouble' in self.outcome:
            return
        try:
            work()
        except Exception as error:
            self.outcome['trouble'] = f'{type(error).__name__}: {error}'

    def send(self) -> None:
        call = self.data['call']
        self.result = known(call) or signature(call).apply_async()
        self.outcome['id'] = self.result.id
        if self.data.get('save'):
            self.result.save()
        if self.data.get('revoke') == 'sent':
            self.result.revoke()

    def seen(self, meta) -> None:
        """The watched state is there: ask what is to be asked, and let it go on or end it."""
        self.outcome['watched'] = {'state': meta['status'], **described(meta['result'])}
        self.outcome['asked'] = {question['command']: self.asked(question) for question in self.data.get('ask') or []}
        if self.data.get('revoke') == 'running':
            self.result.revoke(terminate=True)
        else:
            pathlib.Path(self.data['gate']).touch()

    def asked(self, question) -> dict:
        """The replies to a command, node by node."""
        arguments = json.loads(json.dumps(question.get('arguments', {})).replace('$id', self.result.id))
        nodes = question['destination']
        replies = app.control.broadcast(
            question['command'], arguments=arguments, destination=nodes, reply=True, timeout=LONGEST_SILENCE, limit=len(nodes)
        )
        return {node: answer for reply in replies for node, answer in reply.items()}

    def gather(self) -> None:
        if self.data.get('unheard'):
            return
        try:
            value = self.result.get(timeout=PATIENCE, propagate=False)
        except ResultTimeout:
            raise RuntimeError(f'no result within {PATIENCE} s, state {state_of(self.result)}') from None
        if isinstance(self.result, GroupResult):
            metas = [each._get_task_meta() for each in self.result]
            self.outcome.update(
                values=[described(each) for each in value],
                states=[meta['status'] for meta in metas],
                workers=[meta.get('worker') for meta in metas],
            )
            return
        meta = final_meta(self.result)
        self.outcome.update(described(value), state=meta['status'], traceback=meta.get('traceback'), workers=[meta.get('worker')])
        self.outcome['children'] = [child.id for child in self.result.children or []]


def final_meta(result):
    """Of a chain whose step failed, the last one's: it is written after that of the step which ended the waiting."""
    end = time.monotonic() + 5
    while True:
        meta = result._get_task_meta()
        if meta['status'] != 'PENDING' or time.monotonic() > end:
            return meta
        time.sleep(0.02)


def described(value):
    if not isinstance(value, BaseException):
        return {'value': value}
    kind = type(value)
    return {'error': {'type': kind.__name__, 'module': kind.__module__, 'text': str(value), 'args': [str(each) for each in value.args]}}


def state_of(result):
    return [each.state for each in result] if isinstance(result, GroupResult) else result.state


def watch(cases) -> None:
    """Waits for each one's state to be seen, then opens its gate."""
    end = time.monotonic() + PATIENCE
    left = list(cases)
    while left and time.monotonic() < end:
        for case in left:
            meta = case.result._get_task_meta()
            if meta['status'] == case.data['watch']:
                case.guarded(lambda: case.seen(meta))
        left = [case for case in left if 'watched' not in case.outcome]
        time.sleep(0.02)
    for case in left:
        case.outcome.setdefault('trouble', f"never {case.data['watch']}, but {case.result.state}")


def known(call):
    """What came of a call that somebody else made."""
    if 'result' in call:
        return app.AsyncResult(call['result'])
    return GroupResult.restore(call['savedGroup'], app=app) if 'savedGroup' in call else None


def signature(call):
    """A call of a plan as this language composes it."""
    if 'chain' in call:
        made = chain(*[signature(step) for step in call['chain']])
    elif 'group' in call:
        made = group([signature(member) for member in call['group']])
    elif 'chord' in call:
        made = chord([signature(member) for member in call['chord']], signature(call['body']))
    elif 'map' in call:
        made = xmap(signature(call['map']), call['items'], app=app)
    elif 'starmap' in call:
        made = xstarmap(signature(call['starmap']), call['items'], app=app)
    elif 'chunks' in call:
        made = chunks(signature(call['chunks']), call['items'], call['size'], app=app).group()
    else:
        made = app.signature(call['task'], args=call.get('args', []), kwargs=call.get('kwargs', {}), immutable=call.get('immutable', False))
    made.set(**options(call.get('options')))
    if 'stamps' in call:
        made.stamp(**call['stamps'])
    for each in call.get('link', []):
        made.link(signature(each))
    for each in call.get('linkError', []):
        made.link_error(signature(each))
    return made


def options(given) -> dict:
    """Options of a plan in Celery's spelling; moments are seconds from now."""
    named = {re.sub('[A-Z]', lambda match: '_' + match[0].lower(), name): value for name, value in (given or {}).items()}
    now = datetime.now(timezone.utc)
    for name in ('eta', 'expires'):
        if f'{name}_in' in named:
            named[name] = now + timedelta(seconds=named.pop(f'{name}_in'))
    return named


main(*sys.argv[1:])
