"""What a Python client of Celery does: `publish N`, `latency N`, `chord N`; prints figures as JSON."""

import json
import sys
import time

from bench_tasks import add, app, total
from celery import chord


def publish(count):
    began = time.perf_counter()
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            add.apply_async((number, 1), producer=producer)
    return {'publish': round(count / (time.perf_counter() - began))}


def latency(count):
    times = []
    for number in range(count + 50):
        began = time.perf_counter()
        add.delay(number, 1).get(timeout=10)
        times.append((time.perf_counter() - began) * 1000)
    times = sorted(times[50:])
    return {'p50': times[count // 2], 'p99': times[int(count * 0.99)]}


def join(count):
    began = time.perf_counter()
    result = chord((add.s(number, 1) for number in range(count)), total.s()).apply_async()
    assert result.get(timeout=300) == count * (count + 1) // 2
    return {'chord': time.perf_counter() - began}


WORK = {'publish': publish, 'latency': latency, 'chord': join}
print(json.dumps(WORK[sys.argv[1]](int(sys.argv[2]))))
