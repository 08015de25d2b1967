"""The client of the peer. Reads commands from stdin, answers each with a line of JSON:
fill QUEUE COUNT · drain (results per second, from the first to the last) · ask QUEUE COUNT (ms, one after the other)"""
import json
import sys
import time

from celery_app import app, noop

PAYLOAD = 'x' * 1024
results = []
arrivals = []


def fill(queue, count):
    results.clear()
    arrivals.clear()
    for _ in range(int(count)):
        result = noop.apply_async((PAYLOAD,), queue=queue)
        # Not `get`, one after the other: of results that come in another order, Celery 5.2 notices each a second late.
        result.then(lambda _: arrivals.append(time.perf_counter()))
        results.append(result)
    return {'filled': len(results)}


def drain():
    while len(arrivals) < len(results):
        try:
            app.backend.result_consumer.drain_events(timeout=1)
        except TimeoutError:
            pass
    return {'rate': (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])}


def ask(queue, count):
    took = []
    for _ in range(int(count)):
        begin = time.perf_counter()
        noop.apply_async((PAYLOAD,), queue=queue).get(timeout=60)
        took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    return {'p50': took[len(took) // 2], 'p99': took[int(len(took) * 0.99)]}


for line in sys.stdin:
    command, *words = line.split()
    print(json.dumps({'fill': fill, 'drain': drain, 'ask': ask}[command](*words)), flush=True)
