#!/usr/bin/env python3
"""Writes packages/backend-redis/test/vectors/celery.json: what the real Celery keeps in Redis.

    npm run services -- up redis, then UMBEL_TEST_REDIS=redis://… python3 e2e/vectors/redis_results.py
"""
import json as plain_json
import os
import pathlib

from environment import ensure_celery

ensure_celery()

import celery  # noqa: E402
from celery import Celery  # noqa: E402
from celery.app.task import Context  # noqa: E402
from celery.result import AsyncResult, GroupResult  # noqa: E402

TARGET = pathlib.Path(__file__).resolve().parents[2] / 'packages' / 'backend-redis' / 'test' / 'vectors' / 'celery.json'
PREFIX = 'vectors-'

app = Celery('vectors', broker='memory://', backend=os.environ['UMBEL_TEST_REDIS'])
app.conf.update(result_backend_transport_options={'global_keyprefix': PREFIX}, result_expires=3600)


@app.task(name='t.add')
def add(x, y):
    return x + y


@app.task(name='t.tsum')
def tsum(values):
    return sum(values)


def main() -> None:
    client = app.backend.client
    clear(client)
    store()
    open_chord()
    keys = sorted(key.decode() for key in client.keys(f'{PREFIX}*'))
    entries = [entry(client, key) for key in keys]
    clear(client)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(plain_json.dumps({'celery': celery.__version__, 'prefix': PREFIX, 'entries': entries}, indent=1) + '\n')
    print(f'{len(entries)} keys')


def store() -> None:
    backend = app.backend
    backend.store_result('success', {'n': 2 ** 80, 'é': [None, 1.5]}, 'SUCCESS')
    backend.store_result('failure', ValueError('boom', 42), 'FAILURE', traceback='Traceback: boom')
    backend.store_result('started', {'pid': 7, 'hostname': 'w@h'}, 'STARTED')
    GroupResult('group', [AsyncResult('a'), AsyncResult('b')]).save()


def open_chord() -> None:
    """As a client opens one of two members, and as a Python worker counts the first."""
    body = tsum.s()
    body.freeze('body')
    backend = app.backend
    backend.set_chord_size('chord', 2)
    request = Context(id='first', group='chord', group_index=1, chord=body, task='t.add')
    backend.on_chord_part_return(request, 'SUCCESS', 3)


def entry(client, key: str) -> dict:
    kind = client.type(key).decode()
    readers = {
        'string': lambda: client.get(key).decode(),
        'zset': lambda: [[member.decode(), score] for member, score in client.zrange(key, 0, -1, withscores=True)],
        'set': lambda: sorted(member.decode() for member in client.smembers(key)),
    }
    value = readers[kind]()
    return {'key': key, 'type': kind, 'value': value, 'ttl': client.ttl(key)}


def clear(client) -> None:
    for key in client.keys(f'{PREFIX}*'):
        client.delete(key)


main()
