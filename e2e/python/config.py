"""The application of these tests, as Celery has it; e2e/src/interop/app.ts is its twin. All of it comes from the environment."""
import os

from celery import Celery
from kombu import Exchange, Queue

BROKER = os.environ['INTEROP_BROKER']
PREFIX = os.environ['INTEROP_PREFIX']
IS_AMQP = BROKER.startswith('amqp')

#: Whose queue tasks go to that name none: the other language's for a client, its own for a worker.
SERVED_BY = os.environ['INTEROP_SERVED_BY']


def queues():
    """A language's own queue, and one that is bound by a topic."""
    more = {'max_priority': 10} if IS_AMQP else {}
    own = f'{PREFIX}.{SERVED_BY}'
    topics = Exchange(f'{own}.topics', type='topic')
    return [Queue(own, Exchange(own), routing_key=own, **more), Queue(f'{own}.topical', topics, routing_key=f'{own}.#', **more)]


app = Celery('interop', broker=BROKER, backend=os.environ['INTEROP_BACKEND'])
app.conf.update(
    task_queues=queues(),
    task_default_queue=f'{PREFIX}.{SERVED_BY}',
    task_queue_max_priority=10 if IS_AMQP else None,
    control_exchange=PREFIX,
    task_protocol=int(os.environ.get('INTEROP_PROTOCOL', '2')),
    task_track_started=True,
    result_extended=True,
    result_expires=600,
    accept_content=['json', 'yaml', 'msgpack'],
    result_accept_content=['json'],
    broker_connection_retry_on_startup=True,
)
