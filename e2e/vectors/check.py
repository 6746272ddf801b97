#!/usr/bin/env python3
"""Reads with the real Celery what @umbel/protocol writes, and says where they disagree; exit code 1 if anywhere.

    node e2e/vectors/write.mjs | python3 e2e/vectors/check.py
"""
import base64
import json as plain_json
import sys

from environment import ensure_celery

ensure_celery()

import celery  # noqa: E402
from celery import Celery  # noqa: E402
from celery.canvas import maybe_signature  # noqa: E402
from celery.exceptions import InvalidTaskError  # noqa: E402
from celery.result import result_from_tuple  # noqa: E402
from celery.utils.saferepr import saferepr  # noqa: E402
from celery.worker.request import Request  # noqa: E402
from celery.worker.strategy import hybrid_to_proto2, proto1_to_proto2  # noqa: E402
from kombu.message import Message  # noqa: E402
from kombu.utils import json  # noqa: E402

app = Celery('check', broker='memory://', backend='cache+memory://')
problems = []
checked = 0


@app.task(name='t.add')
def add(*args, **kwargs):
    return [args, kwargs]


def main() -> int:
    written = plain_json.load(sys.stdin)
    for name, check in (('values', value), ('messages', message), ('metas', meta), ('errors', error), ('signatures', signature)):
        for case in written[name]:
            attempt(name, check, case)
    for problem in problems:
        print(problem)
    print(f'celery {celery.__version__}: {checked} checked, {len(problems)} problems')
    return 1 if problems else 0


def attempt(kind: str, check, case) -> None:
    global checked
    checked += 1
    try:
        check(case)
    except Exception as exc:  # the report is the point
        problems.append(f'{kind} {case.get("name", "") if isinstance(case, dict) else case}: {exc!r}')


def same(left, right) -> None:
    if left != right:
        raise AssertionError(f'{left!r} is not {right!r}')


def value(case: dict) -> None:
    decoded = json.loads(case['text'])
    same(json.dumps(decoded), case['text'])
    same(saferepr((decoded,), maxlen=1024), case['repr'])


def message(case: dict) -> None:
    headers = json.loads(case['headers'])
    received = Message(body=base64.b64decode(case['body']), headers=headers, properties=case['properties'], accept={'application/json', 'application/x-yaml', 'application/x-msgpack'},
                       content_type=case['contentType'], content_encoding=case['contentEncoding'],
                       delivery_info={'exchange': '', 'routing_key': 'celery'})
    request = request_of(received)
    expected = json.loads(case['expected'])
    same(list(request.args), expected['args'])
    same(request.kwargs, expected['kwargs'])
    if 'argsrepr' in headers:
        same(request.argsrepr, saferepr(tuple(expected['args']), maxlen=1024))
    embed = request.embed
    for sent in [*(embed['callbacks'] or []), *(embed['errbacks'] or []), *(embed['chain'] or [])]:
        maybe_signature(sent, app=app).freeze()
    retval = request.execute()
    same(app.AsyncResult(request.id).state, 'SUCCESS')
    assert retval is not None


def request_of(received: Message) -> Request:
    payload = received.payload
    if 'task' not in received.headers:
        body, headers, decoded, utc = proto1_to_proto2(received, payload)
    elif 'args' in payload:
        body, headers, decoded, utc = hybrid_to_proto2(received, payload)
    else:
        body, headers, decoded, utc = received.body, received.headers, False, True
    request = Request(received, app=app, task=add, body=body, headers=headers, decoded=decoded, utc=utc)
    if request.id is None:
        raise InvalidTaskError('no id')
    # nothing is to be sent while checking
    request.request_dict.update(callbacks=None)
    request.embed = body[2] if decoded else payload[2]
    if decoded:
        request._body = (body[0], body[1], {})
    else:
        request._Request__payload = (payload[0], payload[1], {})
    return request


def meta(text: str) -> None:
    decoded = app.backend.decode_result(text)
    same(decoded['task_id'], '11111111-1111-4111-8111-111111111111')
    for child in decoded['children'] or []:
        result_from_tuple(child, app=app)
    if decoded['status'] in ('FAILURE', 'REVOKED'):
        assert isinstance(decoded['result'], BaseException), decoded['result']
    app.backend.set(app.backend.get_key_for_task(decoded['task_id']), text)
    result = app.AsyncResult(decoded['task_id'])
    same(result.state, decoded['status'])
    if result.ready():
        result.get(propagate=False)


def error(case: dict) -> None:
    data = json.loads(case['text'])
    same(repr(app.backend.exception_to_python(data)), case['repr'])


def signature(case: dict) -> None:
    decoded = json.loads(case['text'])
    built = maybe_signature(decoded, app=app)
    same(json.loads(json.dumps(built)), json.loads(case['text']))
    same(type(built).__name__.lstrip('_'), (decoded['subtask_type'] or 'Signature'))
    built.clone().freeze()


if __name__ == '__main__':
    sys.exit(main())
