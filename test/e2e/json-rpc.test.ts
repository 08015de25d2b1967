// Functions of a plugin, called from Python with pika, which knows nothing of us: through dispatcher, RabbitMQ and pool.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/client.ts';
import { named } from '../../src/client/json-rpc.ts';
import { openClient } from '../support/amqp-client.ts';
import { type ForeignClients, foreignClients } from '../support/foreign-clients.ts';
import { Pipeline } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const CALL_PY = readFileSync(fileURLToPath(new URL('../fixtures/json-rpc-doc/call.py', import.meta.url)), 'utf8');

/** Publishes messages, in order, and prints the answers once there are as many as wanted, in the order of the messages. */
const DRIVER_PY = `
import json, sys, time, pika
messages, wanted = json.loads(sys.argv[2]), int(sys.argv[3])
connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.confirm_delivery()
replies = channel.queue_declare('', exclusive=True).method.queue
for number, message in enumerate(messages):
    properties = pika.BasicProperties(content_type='application/json-rpc', reply_to=replies,
        correlation_id=str(number), headers=message.get('headers'))
    channel.basic_publish('', message.get('queue', 'taskqueue'), message['body'].encode(), properties, mandatory=True)
answers = []
for method, properties, body in channel.consume(replies, auto_ack=True, inactivity_timeout=40):
    if method is None: break
    answers.append({'to': int(properties.correlation_id), 'type': properties.content_type,
        'status': properties.headers['tq-status'], 'answer': json.loads(body)})
    if len(answers) == wanted: break
print(json.dumps(sorted(answers, key=lambda answer: answer['to'])))
connection.close()
`;

interface Sent {
  readonly body: string;
  readonly queue?: string;
  readonly headers?: object;
}

interface Answered {
  readonly to: number;
  readonly type: string;
  readonly status: string;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly answer: any;
}

const broker = await freshVhost();
const client = await openClient(broker.url);
afterAll(() => client.close());
let python: ForeignClients['python'];

const CONFIG = `
[calc]
retry_delay = 250ms
max_crashes = 1
kill_timeout = 1s
`;

beforeAll(async () => {
  ({ python } = await foreignClients());
  const pipeline = new Pipeline(broker, CONFIG);
  pipeline.installFixture('plugins-rpc/calc', 'calc');
  await pipeline.pool(2);
  await pipeline.dispatcher();
});

/** From Python: all answers, once there are so many. */
async function answersTo(messages: readonly Sent[], wanted = messages.length): Promise<readonly Answered[]> {
  return JSON.parse(await python(DRIVER_PY, broker.url, JSON.stringify(messages), String(wanted)));
}

async function answerTo(body: unknown, more: Partial<Sent> = {}): Promise<Answered> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [answered] = await answersTo([{ body: text, ...more }]);
  expect(answered?.type).toBe('application/json-rpc');
  return answered as Answered;
}

const call = (method: string, params: unknown = [], id: unknown = 1): object => ({
  jsonrpc: '2.0',
  method,
  params,
  id,
});
const notification = (method: string, params: unknown): object => ({ jsonrpc: '2.0', method, params });

describe('a request from Python', () => {
  it('is answered with the result', async () => {
    expect(await answerTo(call('calc.add', [5, 6], 'mine'))).toMatchObject({
      status: 'finished',
      answer: { jsonrpc: '2.0', result: 11, id: 'mine' },
    });
    expect((await answerTo(call('calc.greet', { name: 'Ada' }))).answer.result).toBe('Hello, Ada!');
    expect((await answerTo(call('echo', [1, null, 'x']))).answer.result).toEqual([1, null, 'x']);
  });

  it('goes straight to its worker queue, or where tq-type says', async () => {
    const straight = await answerTo(call('add', [5, 6]), { queue: 'worker_calc' });
    const typed = await answerTo(call('add', [5, 6]), { headers: { 'tq-type': 'calc' } });
    expect([straight.answer.result, typed.answer.result]).toEqual([11, 11]);
  });

  it('is made by the program on the page docs/json-rpc.md', async () => {
    expect(await python(CALL_PY, broker.url, 'calc.add', '5', '6')).toBe('11\n');
    await expect(python(CALL_PY, broker.url, 'calc.fail')).rejects.toThrow('RpcError: out of reach (-32000)');
  });
});

it('the client library calls the same functions', async () => {
  const caller = await Client.connect(broker.url);
  try {
    expect(await caller.call.calc.add(5, 6)).toBe(11);
    expect(await caller.call.calc.greet(named({ name: 'Ada', greeting: 'Good morning' }))).toBe('Good morning, Ada!');
    expect(await caller.call.echo('x')).toEqual(['x']);
    const failed = { code: -32000, message: 'out of reach', trace: expect.stringContaining('calc.js') };
    await expect(caller.call.calc.fail()).rejects.toMatchObject(failed);
    await expect(caller.call.calc.sub(1)).rejects.toMatchObject({ code: -32601 });
  } finally {
    await caller.close();
  }
});

describe('a notification from Python', () => {
  it('is carried out, and not answered', async () => {
    const messages = [notification('calc.note', ['first']), notification('calc.fail', []), call('calc.notes')];
    const answers = await answersTo(
      messages.map((one) => ({ body: JSON.stringify(one) })),
      1,
    );
    expect(answers).toMatchObject([{ to: 2, answer: { result: ['first'] } }]);
  });
});

describe('a batch from Python', () => {
  it('is answered call by call, without its notifications', async () => {
    const batch = [call('calc.add', [1, 2], 1), notification('calc.note', ['second']), call('calc.fail', [], 2)];
    const { status, answer } = await answerTo(batch);
    expect(status).toBe('failed');
    expect(answer).toMatchObject([
      { jsonrpc: '2.0', result: 3, id: 1 },
      { jsonrpc: '2.0', error: { code: -32000 }, id: 2 },
    ]);
  });

  it('is not run again for a call that failed, though there are attempts left', async () => {
    const batch = [notification('calc.note', ['once']), call('calc.failOnce', ['once'], 1)];
    const { answer } = await answerTo(batch, { headers: { 'tq-max-attempts': 3 } });
    expect(answer).toMatchObject([{ error: { message: 'not yet' }, id: 1 }]);
    const { result } = (await answerTo(call('calc.notes'))).answer;
    expect(result.filter((note: string) => note === 'once')).toHaveLength(2);
  });

  it('for two worker types is refused', async () => {
    const { status, answer } = await answerTo([call('calc.add', [1, 2], 1), call('echo', [1], 2)]);
    expect(status).toBe('failed');
    expect(answer).toMatchObject([1, 2].map((id) => ({ error: { code: -32600 }, id })));
  });
});

describe('what goes wrong is told to Python with the right code:', () => {
  it.each<[string, unknown, number, Partial<Sent>]>([
    ['no JSON', '{"jsonrpc": "2.0", "method"', -32700, {}],
    ['no JSON, straight to a worker queue', '{', -32700, { queue: 'worker_calc' }],
    ['no request', { method: 'calc.add' }, -32600, {}],
    ['an empty batch', [], -32600, {}],
    ['no such method', call('calc.sub'), -32601, {}],
    ['too few parameters', call('calc.add', [1]), -32602, {}],
    ['a result that is no JSON', call('calc.big'), -32603, {}],
    ['time is up', call('calc.hang'), -32001, { headers: { 'tq-timeout': 500 } }],
    ['a crash', call('calc.crash'), -32002, {}],
    ['expired', call('calc.add', [5, 6]), -32003, { headers: { 'tq-expires': 1 } }],
    ['given up by the function', call('calc.never'), -32005, {}],
  ])('%s', async (_what, body, code, more) => {
    const { status, answer } = await answerTo(body, more);
    expect(answer).toMatchObject({ jsonrpc: '2.0', error: { code, message: expect.any(String) } });
    expect(status).toBe(code === -32003 ? 'expired' : 'failed');
  });

  it('an exception, with its name and its trace', async () => {
    const { answer } = await answerTo(call('calc.fail'));
    const data = { name: 'RangeError', trace: expect.stringMatching(/^RangeError: out of reach\n.*calc\.js:\d+/s) };
    expect(answer.error).toEqual({ code: -32000, message: 'out of reach', data });
  });

  it('only after the last attempt; one that asks for it later is tried again', async () => {
    const retried = await answerTo(call('calc.failOnce', ['again']), { headers: { 'tq-max-attempts': 2 } });
    expect(retried).toMatchObject({ status: 'finished', answer: { result: 2 } });
    expect((await answerTo(call('calc.later'))).answer.result).toBe(2);
  });
});
