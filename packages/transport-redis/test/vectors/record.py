"""Records what kombu writes into Redis: python record.py redis://127.0.0.1:6379/5 > kombu.json. The database is emptied!

Needs: pip install celery redis packaging
"""
import json, sys, time
from redis import Redis
import kombu, celery
from kombu import Connection, Exchange, Queue, Producer, Consumer

url = sys.argv[1]
client = Redis.from_url(url)

def dump():
    found = {}
    for key in sorted(client.keys('*')):
        name, kind = key.decode('latin1'), client.type(key).decode()
        if kind == 'list': found[name] = [item.decode() for item in client.lrange(key, 0, -1)]
        elif kind == 'set': found[name] = sorted(item.decode() for item in client.smembers(key))
        elif kind == 'hash': found[name] = {field.decode(): value.decode() for field, value in client.hgetall(key).items()}
        elif kind == 'zset': found[name] = [field.decode() for field in client.zrange(key, 0, -1)]
    return found

def fresh(): client.flushdb()

def send(connection, **options):
    producer = Producer(connection.channel())
    producer.publish(options.pop('body', {'n': 1}), **options)

vectors = {'versions': {'kombu': kombu.__version__, 'celery': celery.__version__}}

fresh()
with Connection(url) as c:
    for priority in (0, 2, 3, 5, 6, 8, 9, 12, -1, None):
        send(c, exchange='', routing_key='q', priority=priority, serializer='json')
    vectors['priorities'] = {key: len(items) for key, items in dump().items()}

fresh()
with Connection(url) as c:
    channel = c.channel()
    for key in ('a.*', 'a.#', '#', 'a-b.c_d', 'a.b'):
        Queue('topics', Exchange('t', type='topic'), routing_key=key)(channel).declare()
    Queue('directs', Exchange('d', type='direct'), routing_key='key')(channel).declare()
    Queue('fans', Exchange('f', type='fanout'))(channel).declare()
    vectors['bindings'] = {key: value for key, value in dump().items() if 'binding' in key}

fresh()
with Connection(url, transport_options={'global_keyprefix': 'pre:', 'sep': ':'}) as c:
    send(c, exchange='', routing_key='q', priority=4, serializer='json')
    vectors['prefixed'] = sorted(dump())

fresh()
with Connection(url) as c:
    send(c, exchange='', routing_key='q', serializer='json', correlation_id='c1', reply_to='r1', priority=0, headers={'id': 'x', 'list': [1, None, 'ü']})
    vectors['envelope'] = dump()['q'][0]
    with Consumer(c, [Queue('q')], callbacks=[lambda body, message: None], accept=['json']):
        c.drain_events(timeout=2)
        held = dump()
        vectors['held'] = {key: held[key] for key in ('unacked', 'unacked_index')}

fresh()
with Connection(url) as c:
    listener = client.pubsub(); listener.psubscribe('*')
    channel = c.channel()
    for exchange, key in (('celery.pidbox', ''), ('celeryev', 'worker.online')):
        e = Exchange(exchange, type='fanout')(channel); e.declare()
        Producer(channel).publish({'n': 1}, exchange=e, routing_key=key, serializer='json')
    channels, until = [], time.time() + 2
    while len(channels) < 2 and time.time() < until:
        item = listener.get_message(timeout=0.2)
        if item and item['type'] == 'pmessage': channels.append(item['channel'].decode())
    vectors['channels'] = channels
fresh()
print(json.dumps(vectors, indent=2, ensure_ascii=False))
