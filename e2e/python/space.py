"""A place of a run's own on servers that others use too.

    python space.py open <url of Redis>            prints the URL of a database that is empty
    python space.py close <url of Redis> <broker> <queue> …    empties it, and takes the queues away from RabbitMQ
"""
import sys
from urllib.parse import urlsplit

import redis
from kombu import Connection

MOST = 16


def open_space(url: str) -> None:
    """Database 0 is left to the others: what lives there may answer for our queues."""
    for number in range(1, MOST):
        own = urlsplit(url)._replace(path=f'/{number}').geturl()
        with redis.Redis.from_url(own) as client:
            if client.dbsize() == 0 and client.set('umbel-interop', 'taken', nx=True):
                print(own)
                return
    sys.exit(f'none of the databases 1 to {MOST - 1} of {url} is empty')


def close_space(url: str, broker: str, *names: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    if not broker.startswith('amqp'):
        return
    with Connection(broker) as connection:
        for name in names:
            for exchange in (name, f'{name}.topics'):
                quietly(connection, lambda channel, exchange=exchange: channel.exchange_delete(exchange))
            quietly(connection, lambda channel, name=name: channel.queue_delete(name))


def quietly(connection, work) -> None:
    """On a channel of its own: RabbitMQ ends it when there is no such thing."""
    try:
        with connection.channel() as channel:
            work(channel)
    except Exception:
        pass


{'open': open_space, 'close': close_space}[sys.argv[1]](*sys.argv[2:])
