"""The peer: Python Celery with the same two tasks. BENCH_... say where messages and results go."""

import os

from celery import Celery

app = Celery('bench', broker=os.environ['BENCH_BROKER_URL'], backend=os.environ.get('BENCH_RESULTS_URL') or None)
app.conf.update(
    task_default_queue=os.environ['BENCH_QUEUE'],
    task_ignore_result=not os.environ.get('BENCH_RESULTS_URL'),
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name='bench.add')
def add(x, y):
    return x + y


@app.task(name='bench.sum')
def total(parts):
    return sum(parts)
