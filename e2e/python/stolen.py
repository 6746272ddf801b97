"""The Python half of e2e/test/stolen.test.ts: a worker that would run what it finds, and writes down that it did."""
import json
import os
import time

from celery import Celery

app = Celery('stolen', broker=os.environ['CELERY_BROKER_URL'], backend=os.environ['CELERY_RESULT_BACKEND'])
app.conf.update(
    broker_transport_options={
        'global_keyprefix': os.environ['STOLEN_PREFIX'],
        'visibility_timeout': float(os.environ['STOLEN_VISIBILITY']),
        # Each look is a scan, twice a second: kombu's own default is every 100 s.
        'unacked_restore_interval': 0.5,
        'unacked_restore_throttle': 1,
    },
    broker_connection_retry_on_startup=True,
    result_backend_transport_options={'global_keyprefix': os.environ['STOLEN_PREFIX']},
    worker_prefetch_multiplier=1,
)


def run(self, key, *_rest):
    line = {
        'kind': 'start',
        'key': key,
        'by': 'python',
        'id': self.request.id,
        'redelivered': bool((self.request.delivery_info or {}).get('redelivered')),
        'pid': os.getpid(),
        'at': round(time.time() * 1000),
    }
    with open(os.environ['E2E_EFFECTS'], 'a') as effects:
        effects.write(json.dumps(line) + '\n')
    return 'python'


for name in ('wait', 'spin', 'due'):
    app.task(bind=True, name=f'stolen.{name}')(run)
