// Messages that somebody will send some day, and what becomes of each: through `taskqueue`, and directly to a worker queue
// where that makes a difference.
import type { ConsumeMessage } from 'amqplib';
import { expect } from 'vitest';
import {
  field,
  integerField,
  long,
  nestedField,
  type RawMessage,
  type RawProperties,
  short,
  textField,
} from '../support/raw-amqp.ts';

export interface Hostile {
  readonly name: string;
  readonly message: RawMessage;
  /** As the ledger spells them. */
  readonly outcomes: readonly string[];
  /** Where a worker queue gets it directly, and that makes a difference. */
  readonly directly?: readonly string[];
  /** Not to be sent by the thousand. */
  readonly isHeavy?: boolean;
  /** Its properties cannot be read, its correlation id included. */
  readonly isNameless?: boolean;
  check?(message: ConsumeMessage, queue: string): void;
}

const FINISHED = ['results: finished'];
const UNREADABLE = ['taskqueue.dead: unreadable'];
const INVALID = ['taskqueue.dead: invalid'];
const UNCARRIABLE = ['taskqueue.dead: uncarriable'];
const UNROUTABLE = ['taskqueue.unroutable: unroutable'];
const LOOP = ['taskqueue.dead: loop'];
const UNSUPPORTED = ['taskqueue.dead: not-supported'];
const TOO_LARGE = ['taskqueue.dead: too-large'];

type Bytes = string | Buffer;
const bytesOf = (body: Bytes): Buffer => (Buffer.isBuffer(body) ? body : Buffer.from(body));
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const json = (body: Bytes, properties: RawProperties = {}): RawMessage => ({
  properties: { contentType: 'application/json', ...properties },
  body: bytesOf(body),
});
const text = (body: Bytes, properties: RawProperties = {}): RawMessage => ({
  properties: { contentType: 'text/plain', ...properties },
  body: bytesOf(body),
});

export const GOOD: RawMessage = json('{"worker_type":"first","good":true}');
const good = (properties: RawProperties): RawMessage => json(GOOD.body, properties);
const withHeaders = (...fields: readonly Buffer[]): RawMessage => good({ headers: Buffer.concat(fields) });

/** `user`: as whom they are sent. */
export function hostileCases(user: string): readonly Hostile[] {
  return [...bodies(), ...typeNames(), ...properties(user), ...headers(), ...ours()];
}

function bodies(): readonly Hostile[] {
  const deep = `{"worker_type":"first","deep":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  const gzip = { contentEncoding: 'gzip' };
  const handled = { outcomes: UNREADABLE, directly: FINISHED };
  return [
    { name: 'null', message: json('null'), ...handled },
    { name: 'a number', message: json('42'), ...handled },
    { name: 'a list', message: json('[1, "first"]'), ...handled },
    { name: 'a text in JSON', message: json('"first"'), ...handled },
    { name: 'a number as the worker type', message: json('{"worker_type":1}'), ...handled },
    { name: 'truncated JSON', message: json('{"worker_type": "fir'), outcomes: UNREADABLE },
    { name: 'JSON nested 10,000 deep', message: json(deep), outcomes: UNREADABLE },
    { name: 'an empty body of JSON', message: json(''), outcomes: UNREADABLE },
    { name: 'an empty body of text', message: text(''), outcomes: UNREADABLE, directly: FINISHED },
    { name: 'an empty body of nothing', message: { properties: {}, body: Buffer.alloc(0) }, outcomes: UNREADABLE },
    { name: 'UTF-16', message: json(Buffer.from(GOOD.body.toString(), 'utf16le')), outcomes: UNREADABLE },
    { name: 'latin-1', message: json(latin1('{"worker_type":"first","n":"Zoë"}')), outcomes: UNREADABLE },
    { name: 'text in latin-1', message: text(latin1('first Zoë')), outcomes: UNREADABLE },
    { name: 'content_encoding gzip', message: good(gzip), outcomes: UNREADABLE },
    {
      name: 'content_encoding gzip, and a type in the header',
      message: good({ ...gzip, headers: textField('tq-type', 'first') }),
      outcomes: UNREADABLE,
    },
    {
      name: 'keys that objects inherit',
      message: json('{"worker_type":"first","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
      outcomes: FINISHED,
      check: ({ content }) =>
        expect(content.toString()).toBe(
          '{"worker_type":"first","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
        ),
    },
    {
      name: 'more than max_message_size',
      message: { properties: { headers: textField('tq-type', 'first') }, body: Buffer.alloc(13 * 1024 * 1024, 'x') },
      outcomes: TOO_LARGE,
      isHeavy: true,
      check: ({ content }) => expect(content).toHaveLength(13 * 1024 * 1024),
    },
  ];
}

function typeNames(): readonly Hostile[] {
  const names = ['my type', '../first', 'first/second', ' first', 'first\n', 'x'.repeat(300), '__proto__', 'größe', ''];
  const inBody = names.map((name) => ({
    name: `the type "${name.slice(0, 20)}" in the body`,
    message: json(JSON.stringify({ worker_type: name })),
    outcomes: INVALID,
    directly: FINISHED,
  }));
  const inHeader = names.map((name) => ({
    name: `the type "${name.slice(0, 20)}" in the header`,
    message: withHeaders(textField('tq-type', name)),
    outcomes: INVALID,
    directly: FINISHED,
  }));
  const nobodys = ['constructor', 'toString', 'first.first'].map((name) => ({
    name: `the type "${name}", which nobody has`,
    message: json(JSON.stringify({ worker_type: name })),
    outcomes: UNROUTABLE,
    directly: FINISHED,
  }));
  return [
    ...inBody,
    ...inHeader,
    ...nobodys,
    {
      name: 'a list as tq-type',
      message: withHeaders(field('tq-type', 'A', long(Buffer.alloc(0)))),
      outcomes: INVALID,
      directly: FINISHED,
    },
  ];
}

function properties(user: string): readonly Hostile[] {
  const odd = latin1('Zoë');
  return [
    { name: 'a latin-1 message id', message: good({ messageId: odd }), outcomes: UNCARRIABLE },
    { name: 'a latin-1 app id', message: good({ appId: odd }), outcomes: UNCARRIABLE },
    { name: 'a latin-1 content type', message: good({ contentType: odd }), outcomes: UNCARRIABLE },
    { name: 'a latin-1 reply_to', message: good({ replyTo: odd }), outcomes: UNCARRIABLE },
    { name: 'a message id of 255 bytes', message: good({ messageId: 'x'.repeat(255) }), outcomes: FINISHED },
    {
      name: 'a message id with control characters',
      message: good({ messageId: 'a\n<0>\u001b[31m' }),
      outcomes: FINISHED,
    },
    { name: 'an empty message id', message: good({ messageId: '' }), outcomes: FINISHED },
    {
      name: 'an unknown content type',
      message: json(GOOD.body, { contentType: 'image/png' }),
      outcomes: UNREADABLE,
      directly: FINISHED,
    },
    {
      name: 'the content type __proto__',
      message: json(GOOD.body, { contentType: '__proto__' }),
      outcomes: UNREADABLE,
      directly: FINISHED,
    },
    {
      name: 'the content type constructor',
      message: json(GOOD.body, { contentType: 'constructor' }),
      outcomes: UNREADABLE,
      directly: FINISHED,
    },
    {
      name: 'a user id',
      message: good({ userId: user }),
      outcomes: FINISHED,
      check: ({ properties }) => expect(properties.userId).toBeUndefined(),
    },
    {
      name: 'a user id on what is parked',
      message: json('null', { userId: user }),
      outcomes: UNREADABLE,
      directly: FINISHED,
    },
    { name: 'an expiration', message: good({ expiration: '600000' }), outcomes: FINISHED },
    {
      name: 'an expiration on what is parked',
      message: json('{', { expiration: '600000' }),
      outcomes: UNREADABLE,
      check: ({ properties }) => expect(properties.expiration).toBeUndefined(),
    },
    { name: 'a timestamp beyond all years', message: good({ timestamp: 2n ** 64n - 1n }), outcomes: UNCARRIABLE },
    { name: 'delivery mode 1 and priority 255', message: good({ deliveryMode: 1, priority: 255 }), outcomes: FINISHED },
    { name: 'reply_to taskqueue', message: good({ replyTo: 'taskqueue' }), outcomes: LOOP },
    { name: 'reply_to taskqueue.dead', message: good({ replyTo: 'taskqueue.dead' }), outcomes: LOOP },
    { name: 'reply_to a worker queue', message: good({ replyTo: 'worker_first' }), outcomes: LOOP },
    {
      name: 'reply_to a worker queue on what is unreadable',
      message: json('{', { replyTo: 'worker_x' }),
      outcomes: LOOP,
    },
    {
      name: 'reply_to taskqueue beside a header that is invalid',
      message: good({ replyTo: 'taskqueue', headers: textField('tq-due', 'soon') }),
      outcomes: LOOP,
    },
    {
      name: 'reply_to nowhere',
      message: good({ replyTo: 'nowhere' }),
      outcomes: ['taskqueue.unroutable: undeliverable-result'],
    },
    {
      name: 'reply_to on what is unreadable',
      message: json('{', { replyTo: 'replies' }),
      outcomes: [...UNREADABLE, 'replies: failed'],
    },
    {
      name: 'reply_to nowhere on what is unreadable',
      message: json('{', { replyTo: 'nowhere' }),
      outcomes: UNREADABLE,
    },
  ];
}

const u32 = (value: number): Buffer => Buffer.from(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));

function headers(): readonly Hostile[] {
  const lists = (...names: string[]): Buffer =>
    long(Buffer.concat(names.map((name) => Buffer.concat([Buffer.from('S'), long(Buffer.from(name))]))));
  const kinds: readonly Buffer[] = [
    field('t', 't', Buffer.from([1])),
    field('b', 'b', Buffer.from([0xff])),
    field('B', 'B', Buffer.from([0xff])),
    field('s', 's', Buffer.from([0xff, 0xfe])),
    field('u', 'u', Buffer.from([0xff, 0xfe])),
    field('I', 'I', u32(0xfffffffd)),
    field('i', 'i', u32(0xfffffffd)),
    field('f', 'f', u32(0x3fc00000)),
    field('d', 'd', Buffer.from([0x3f, 0xf8, 0, 0, 0, 0, 0, 0])),
    field('D', 'D', Buffer.concat([Buffer.from([2]), u32(256)])),
    field('T', 'T', Buffer.concat([u32(0), u32(256)])),
    field('V', 'V', Buffer.alloc(0)),
    field('x', 'x', long(Buffer.from([0xe4, 0, 0xff]))),
    field('A', 'A', long(Buffer.from('t\x00V', 'latin1'))),
    field('F', 'F', long(field('in', 't', Buffer.from([0])))),
    integerField('l', -4n),
  ];
  return [
    { name: 'headers of every type', message: withHeaders(...kinds), outcomes: FINISHED },
    {
      name: 'headers of every type on what is parked',
      message: json('{', { headers: Buffer.concat(kinds) }),
      outcomes: UNREADABLE,
      check: ({ properties }) =>
        expect(properties.headers).toMatchObject({ b: -1, f: 1.5, D: { '!': 'decimal' }, V: null }),
    },
    { name: 'an integer beyond 2^53', message: withHeaders(integerField('n', 2n ** 53n + 1n)), outcomes: UNCARRIABLE },
    { name: 'the lowest integer', message: withHeaders(integerField('n', -(2n ** 63n))), outcomes: UNCARRIABLE },
    { name: 'a latin-1 header', message: withHeaders(textField('name', latin1('Zoë'))), outcomes: UNCARRIABLE },
    { name: 'a latin-1 name of a header', message: withHeaders(textField(latin1('Zoë'), 'x')), outcomes: UNCARRIABLE },
    { name: 'a header without a name', message: withHeaders(textField('', 'x')), outcomes: FINISHED },
    {
      name: 'the same header twice',
      message: withHeaders(textField('a', 'x'), textField('a', 'y')),
      outcomes: FINISHED,
    },
    {
      name: 'lists nested 20,000 deep',
      message: withHeaders(nestedField('deep', 'A', 20_000)),
      outcomes: UNCARRIABLE,
      isNameless: true,
      isHeavy: true,
    },
    {
      name: 'tables nested 10,000 deep',
      message: withHeaders(nestedField('deep', 'F', 10_000)),
      outcomes: UNCARRIABLE,
      isNameless: true,
      isHeavy: true,
    },
    {
      name: '100 KiB of headers',
      message: withHeaders(textField('big', 'x'.repeat(100 * 1024))),
      outcomes: UNCARRIABLE,
      isHeavy: true,
      check: ({ properties }) => expect(properties.headers?.['tq-original-headers']).toMatch(/"big":"xxx/),
    },
    {
      name: 'headers that objects inherit',
      message: withHeaders(
        Buffer.concat([short('__proto__'), Buffer.from('F'), long(textField('polluted', '1'))]),
        textField('constructor', '1'),
        textField('hasOwnProperty', '1'),
      ),
      outcomes: FINISHED,
    },
    {
      name: 'a key "!"',
      message: withHeaders(field('t', 'F', long(textField('!', 'timestamp')))),
      outcomes: UNCARRIABLE,
    },
    {
      name: 'a CC',
      message: withHeaders(field('CC', 'A', lists('copies'))),
      outcomes: [...FINISHED, 'copies: as it was sent'],
    },
    {
      name: 'a BCC on what is parked',
      message: json('{', { headers: field('BCC', 'A', lists('copies')) }),
      outcomes: [...UNREADABLE, 'copies: as it was sent'],
    },
    { name: 'an x-death', message: withHeaders(field('x-death', 'A', lists('dead'))), outcomes: FINISHED },
    { name: 'an x-delivery-count', message: withHeaders(integerField('x-delivery-count', 1000n)), outcomes: FINISHED },
  ];
}

/** Headers under our own prefix. */
function ours(): readonly Hostile[] {
  const inYears = (years: number): bigint => BigInt(Date.now() + years * 366 * 86_400_000);
  const invalid: readonly (readonly [string, Buffer])[] = [
    ['tq-due in words', textField('tq-due', 'soon')],
    ['tq-due as a table', field('tq-due', 'F', long(Buffer.alloc(0)))],
    ['a negative tq-due', integerField('tq-due', -1n)],
    ['tq-due 20 years ahead', integerField('tq-due', inYears(20))],
    ['tq-due at the end of time', integerField('tq-due', 2n ** 53n - 1n)],
    ['tq-expires in words', textField('tq-expires', 'never')],
    ['tq-max-attempts in words', textField('tq-max-attempts', 'ten')],
    ['a negative tq-timeout', integerField('tq-timeout', -5n)],
    ['an empty tq-timeout', field('tq-timeout', 'V', Buffer.alloc(0))],
  ];
  const forged = ['tq-attempt', 'tq-crashes', 'tq-redeliveries'].flatMap((name) => [
    { name: `a forged ${name}`, message: withHeaders(integerField(name, 49n)), outcomes: FINISHED },
    { name: `a forged ${name} in words`, message: withHeaders(textField(name, 'many')), outcomes: FINISHED },
    { name: `a negative ${name}`, message: withHeaders(integerField(name, -7n)), outcomes: FINISHED },
  ]);
  return [
    ...invalid.map(([name, header]) => ({ name, message: withHeaders(header), outcomes: INVALID })),
    ...['tq-lock', 'tq-unique', 'tq-flow', 'tq-flow-again'].map((name) => ({
      name: `the reserved ${name}`,
      message: withHeaders(textField(name, 'x')),
      outcomes: UNSUPPORTED,
    })),
    ...forged,
    { name: 'a forged tq-run', message: withHeaders(textField('tq-run', 'mine')), outcomes: FINISHED },
    {
      name: 'a forged tq-run that is a table',
      message: withHeaders(field('tq-run', 'F', long(Buffer.alloc(0)))),
      outcomes: FINISHED,
    },
    {
      name: 'a forged tq-reason',
      message: withHeaders(textField('tq-reason', 'failed'), textField('tq-status', 'failed')),
      outcomes: FINISHED,
    },
    {
      name: 'a tq-expires that is over',
      message: withHeaders(integerField('tq-expires', 1n)),
      outcomes: ['results: expired'],
    },
    { name: 'tq-max-attempts 0', message: withHeaders(integerField('tq-max-attempts', 0n)), outcomes: FINISHED },
  ];
}
