import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { TASKQUEUE } from '../../../src/broker/topology.ts';
import { likelyContentType, whatToSend } from '../../../src/cli/send-request.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { brokerWith, chunks, cli, directoryWith, type Ran } from './run-cli.ts';

const config = directoryWith({ 'c.ini': '[taskqueue]\nmax_message_size = 1K', 'file.txt': 'from file' });
const CONFIRMED: PublishOutcome = { kind: 'confirmed' };

async function send(
  args: string[],
  {
    outcome = Promise.resolve(CONFIRMED),
    stdin,
  }: { outcome?: Promise<PublishOutcome>; stdin?: (Buffer | string)[] } = {},
): Promise<Ran & { sent: Outgoing[] }> {
  const sent: Outgoing[] = [];
  const ran = await cli(['send', '-c', `${config}/c.ini`, ...args], {
    openBroker: async () =>
      brokerWith({
        publish: (outgoing) => {
          sent.push(outgoing);
          return outcome;
        },
      }),
    ...(stdin && { stdin: chunks(...stdin), isStdinTerminal: false }),
  });
  return { ...ran, sent };
}

describe('taskqueue send', () => {
  it('publishes to the queue "taskqueue", with the type in a header, and prints the id', async () => {
    const { code, out, err, sent } = await send(['echo', '{"a": 1}']);
    expect([code, err, sent.length]).toEqual([0, '', 1]);
    expect(sent[0]).toMatchObject({
      exchange: '',
      routingKey: TASKQUEUE,
      mandatory: true,
      headers: { 'tq-type': 'echo' },
      properties: { contentType: 'application/json', deliveryMode: 2, messageId: out.trim() },
    });
    expect(sent[0]?.body.toString()).toBe('{"a": 1}');
    expect(out).toMatch(/^[0-9a-f-]{36}\n$/);
  });

  it('sends a body that names its type as it is', async () => {
    const { sent } = await send(['{"worker_type": "echo"}']);
    expect(sent[0]).toMatchObject({ headers: {}, properties: { contentType: 'application/json' } });
  });

  it('sets what its options say', async () => {
    const before = Date.now();
    const { out, sent } = await send(
      [
        'echo',
        'x',
        '--content-type',
        'a/b',
        '--id',
        'my id',
        '--reply-to',
        'r',
        '--correlation-id',
        'c',
        '--json',
      ].concat(['--header', 'k=v=w', '--header', 'tq-max-attempts=3', '--delay', '5m', '--expires', '1h']),
    );
    const { properties, headers } = sent[0] as Outgoing;
    expect(properties).toMatchObject({ contentType: 'a/b', messageId: 'my id', replyTo: 'r', correlationId: 'c' });
    expect(headers).toMatchObject({ k: 'v=w', 'tq-max-attempts': '3', 'tq-type': 'echo' });
    expect(Number(headers['tq-due']) - before).toBeGreaterThanOrEqual(300_000);
    expect(Number(headers['tq-expires']) - Number(headers['tq-due'])).toBe(3_300_000);
    expect(JSON.parse(out)).toEqual({ id: 'my id', type: 'echo', queue: 'taskqueue', contentType: 'a/b' });
  });

  it('reads the body from a file, from what is piped in, and from -', async () => {
    expect((await send(['echo', '--file', `${config}/file.txt`])).sent[0]?.body.toString()).toBe('from file');
    expect((await send(['echo'], { stdin: ['from ', Buffer.from('pipe')] })).sent[0]?.body.toString()).toBe(
      'from pipe',
    );
    expect((await send(['echo', '-'], { stdin: ['x'] })).sent[0]).toMatchObject({ headers: { 'tq-type': 'echo' } });
    expect((await send(['-'], { stdin: ['echo x'] })).sent[0]).toMatchObject({ headers: {} });
  });

  it('keeps every byte of a binary file', async () => {
    const path = process.execPath; // larger than a pipe, and no text
    const roomy = directoryWith({ 'c.ini': '[taskqueue]\nmax_message_size = 512M' });
    const { sent } = await send(['echo', '--file', path, '-c', `${roomy}/c.ini`]);
    expect(sent[0]?.properties.contentType).toBe('application/octet-stream');
    expect(sent[0]?.body.equals(readFileSync(path))).toBe(true);
  });

  it.each([
    [['echo'], {}, /there is no body/],
    [[], {}, /there is no body/],
    [[], { stdin: [] }, /neither a type nor a body/],
    [['bad/type', 'x'], {}, /"bad\/type" is no worker type/],
    [['echo', 'x', '--file', 'y'], {}, /two bodies/],
    [['echo', '--file', '/nowhere'], {}, /--file \/nowhere cannot be read: there is no such file$/m],
    [['echo', '--file', '/'], {}, /cannot be read: it is a directory$/m],
    [['echo', 'x'.repeat(1025)], {}, /larger than 1K/],
    [['echo', '--file', '/dev/zero'], {}, /larger than 1K/],
    [
      ['echo', 'x', '--reply-to', 'worker_echo'],
      {},
      /would be parked: reply_to "worker_echo" would bring the result back/,
    ],
    [['echo', 'x', '--header', 'tq-timeout=5s'], {}, /would be parked: header tq-timeout is no whole number/],
    [['{"worker_type": "echo"'], {}, /the body is not JSON: .*--content-type text\/plain/],
    [['echo'], { stdin: ['x'.repeat(1000), 'x'.repeat(1000)] }, /larger than 1K/],
  ])('refuses %j as wrong usage, and publishes nothing', async (args, options, message) => {
    const { code, out, err, sent } = await send(args, options);
    expect([code, out, sent]).toEqual([64, '', []]);
    expect(err).toMatch(/^taskqueue: [^\n]*\n$/);
    expect(err).toMatch(message);
  });

  it.each<[PublishOutcome, number, RegExp]>([
    [{ kind: 'returned', reason: 'NO_ROUTE' }, 69, /start a dispatcher/],
    [{ kind: 'refused', reason: 'the queue is full' }, 69, /the queue is full/],
    [{ kind: 'refused', reason: 'ACCESS_REFUSED - access to …' }, 77, /ACCESS_REFUSED/],
    [{ kind: 'unknown', reason: 'the connection was lost' }, 69, /it may have the workitem i, or not/],
    [{ kind: 'unwritable', reason: 'headers over the frame size' }, 64, /headers over the frame size/],
  ])('says what became of it where the broker answers %j', async (outcome, expected, message) => {
    const { code, out, err } = await send(['echo', 'x', '--id', 'i'], { outcome: Promise.resolve(outcome) });
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(/^taskqueue: [^\n]*\n$/);
    expect(err).toMatch(message);
  });

  it('gives up, with exit code 69, where the broker does not confirm in time', async () => {
    const { code, err } = await send(['echo', 'x', '--timeout', '20ms'], { outcome: new Promise(() => undefined) });
    expect(code).toBe(69);
    expect(err).toMatch(/did not confirm in time/);
  });

  it('says why it cannot connect, with exit code 69', async () => {
    const broker = brokerWith({
      untilConnected: () => Promise.reject(new TaskqueueError('UNAVAILABLE', 'no broker answers at h:1')),
    });
    const ran = await cli(['send', 'echo', 'x', '-c', `${config}/c.ini`], { openBroker: async () => broker });
    expect(ran).toEqual({ code: 69, out: '', err: 'taskqueue: no broker answers at h:1\n' });
  });

  it('says in one line that the configuration is wrong, with exit code 78', async () => {
    const bad = directoryWith({ 'c.ini': '[amqp]\nport = x\nheartbeat = y' });
    const { code, err } = await cli(['send', 'echo', 'x', '-c', `${bad}/c.ini`]);
    expect(code).toBe(78);
    expect(err).toMatch(/^taskqueue: [^\n]*c\.ini:2: \[amqp\] port: [^\n]* \(and 1 more: see "taskqueue check"\)\n$/);
  });
});

describe('whatToSend', () => {
  const ask = (args: string[], file?: string) => whatToSend({ args, file, isStdinTerminal: false });

  it.each([
    [['echo', 'x'], { type: 'echo', source: { kind: 'text', text: 'x' } }],
    [['echo', ''], { type: 'echo', source: { kind: 'text', text: '' } }],
    [['echo', '-'], { type: 'echo', source: { kind: 'stdin' } }],
    [['echo'], { type: 'echo', source: { kind: 'stdin' } }],
    [[], { type: null, source: { kind: 'stdin' } }],
    [['-'], { type: null, source: { kind: 'stdin' } }],
    [['echo hello'], { type: null, source: { kind: 'text', text: 'echo hello' } }],
    [['{}'], { type: null, source: { kind: 'text', text: '{}' } }],
  ])('reads %j', (args, expected) => {
    expect(ask(args)).toEqual(expected);
  });

  it('takes --file - as standard input', () => {
    expect(ask(['echo'], '-').source).toEqual({ kind: 'stdin' });
  });
});

describe('likelyContentType', () => {
  it.each([
    ['{"a": 1}', 'application/json'],
    ['null', 'application/json'],
    ['{"jsonrpc": "2.0", "method": "math.add"}', 'application/json-rpc'],
    ['[{"jsonrpc": "2.0", "method": "math.add"}, 1]', 'application/json-rpc'],
    ['[[{"jsonrpc": "2.0"}]]', 'application/json'],
    ['{"jsonrpc": 2}', 'application/json'],
    ['echo hello', 'text/plain'],
    ['{"a": ', 'text/plain'],
    ['', 'text/plain'],
  ])('%j is %s', (text, expected) => {
    expect(likelyContentType(Buffer.from(text))).toBe(expected);
  });

  it('calls bytes that are no UTF-8 neither JSON nor text', () => {
    expect(likelyContentType(Buffer.from([0x1f, 0x8b, 0xff]))).toBe('application/octet-stream');
  });
});
