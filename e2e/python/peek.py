"""Takes messages out of a queue as they are and writes down what kombu sees: python peek.py <queue> <count> <file>."""
import pathlib
import sys
import time

from kombu import Queue
from kombu.exceptions import ContentDisallowed
from kombu.utils import json

from config import app

PATIENCE = 15


def main(name: str, count: str, file: str) -> None:
    with app.connection() as connection:
        queue = Queue(name, channel=connection.default_channel, no_declare=True)
        messages = [described(message) for message in taken(queue, int(count))]
    pathlib.Path(file).write_text(json.dumps(messages))


def taken(queue, count: int):
    end = time.monotonic() + PATIENCE
    while count > 0 and time.monotonic() < end:
        message = queue.get(no_ack=True, accept=['json', 'yaml', 'msgpack'])
        if message is None:
            time.sleep(0.05)
            continue
        count -= 1
        yield message


def described(message):
    return {
        'body': body_of(message),
        'headers': message.headers,
        'properties': {name: value for name, value in message.properties.items() if name != 'application_headers'},
        'content_type': message.content_type,
        'content_encoding': message.content_encoding,
        'delivery_tag': str(message.delivery_tag or ''),
        'exchange': message.delivery_info.get('exchange'),
        'routing_key': message.delivery_info.get('routing_key'),
    }


def body_of(message):
    try:
        return message.decode()
    except ContentDisallowed:
        return None


main(*sys.argv[1:])
