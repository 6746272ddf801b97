"""A call by somebody who knows the protocol and has no Celery: python raw.py <broker> <queue> <task> <id> <args as JSON>."""
import base64
import json
import sys
import uuid

import amqp
import redis
from kombu.utils.url import url_to_parts


def main(broker: str, queue: str, task: str, task_id: str, args: str) -> None:
    body = json.dumps([json.loads(args), {}, {}])
    send = by_amqp if broker.startswith('amqp') else by_redis
    send(broker, queue, {'task': task, 'id': task_id}, body)


def by_amqp(broker: str, queue: str, headers: dict, body: str) -> None:
    parts = url_to_parts(broker)
    host = f'{parts.hostname}:{parts.port or 5672}'
    with amqp.Connection(host, parts.username, parts.password, virtual_host=parts.path or '/', confirm_publish=True) as connection:
        properties = {'content_type': 'application/json', 'content_encoding': 'utf-8', 'application_headers': headers}
        connection.channel().basic_publish(amqp.Message(body, **properties), exchange='', routing_key=queue)


def by_redis(broker: str, queue: str, headers: dict, body: str) -> None:
    envelope = {
        'body': base64.b64encode(body.encode()).decode(),
        'content-type': 'application/json',
        'content-encoding': 'utf-8',
        'headers': headers,
        'properties': {
            'delivery_tag': str(uuid.uuid4()),
            'delivery_info': {'exchange': '', 'routing_key': queue},
            'body_encoding': 'base64',
        },
    }
    with redis.Redis.from_url(broker) as client:
        client.lpush(queue, json.dumps(envelope))


main(*sys.argv[1:])
