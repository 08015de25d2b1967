"""The task of the peer: it does nothing, and returns its payload. At least once, as with us: acknowledged late, publishing
confirmed."""
import os
from celery import Celery

app = Celery('bench', broker=os.environ['BENCH_AMQP'], backend='rpc://')
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=int(os.environ.get('BENCH_PREFETCH', '4')),  # Celery's default
    broker_transport_options={'confirm_publish': True},
    result_expires=60,
    worker_hijack_root_logger=False,
)


@app.task(name='noop')
def noop(x):
    return x
