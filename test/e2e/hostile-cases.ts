import { expect } from 'vitest';
import { field, long, textField } from '../support/raw-amqp.ts';
import { headers, ours } from './hostile-headers.ts';
import {
  FINISHED,
  GOOD,
  good,
  type Hostile,
  INVALID,
  json,
  LOOP,
  latin1,
  TOO_LARGE,
  text,
  UNCARRIABLE,
  UNREADABLE,
  UNROUTABLE,
  withHeaders,
} from './hostile-kinds.ts';

/** `user`: as whom they are sent. */
export function hostileCases(user: string): readonly Hostile[] {
  return [...bodies(), ...calls(), ...typeNames(), ...properties(user), ...headers(), ...ours()];
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

/** JSON-RPC, for a class that takes anything. */
function calls(): readonly Hostile[] {
  const rpc = (body: unknown) => ({
    properties: { contentType: 'application/json-rpc' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const call = (method: unknown, more: object = { id: 1 }): object => ({ jsonrpc: '2.0', method, ...more });
  const batch = (length: number): unknown => Array.from({ length }, () => call('first', {}));
  const digits = '9'.repeat(1024);
  return [
    { name: 'a call', message: rpc(call('first')), outcomes: FINISHED },
    { name: 'a notification', message: rpc(call('first', {})), outcomes: FINISHED },
    {
      name: 'a call with a long number as id',
      message: rpc(`{"jsonrpc":"2.0","method":"first","id":${digits}}`),
      outcomes: FINISHED,
    },
    {
      name: 'a call with a longer one',
      message: rpc(`{"jsonrpc":"2.0","method":"first","id":${digits}9}`),
      outcomes: UNREADABLE,
    },
    { name: 'a call cut short', message: rpc('{"jsonrpc":"2.0","method":"first"'), outcomes: UNREADABLE },
    { name: 'a call of nothing', message: rpc(call('')), outcomes: UNREADABLE },
    { name: 'a call of an object', message: rpc(call({})), outcomes: UNREADABLE },
    { name: 'a call of __proto__', message: rpc(call('__proto__')), outcomes: INVALID, directly: FINISHED },
    { name: 'a call of what nobody has', message: rpc(call('nobody.has')), outcomes: UNROUTABLE, directly: FINISHED },
    { name: 'an empty batch', message: rpc([]), outcomes: UNREADABLE },
    { name: 'a batch without a call', message: rpc([1, [], {}, null]), outcomes: UNREADABLE },
    { name: 'a batch for two', message: rpc([call('first'), call('second.first')]), outcomes: UNREADABLE },
    { name: 'a batch of 1,000', message: rpc(batch(1_000)), outcomes: FINISHED },
    { name: 'a batch of 1,001', message: rpc(batch(1_001)), outcomes: UNREADABLE },
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
      name: 'a made-up address for a direct reply',
      message: good({ replyTo: MADE_UP }),
      outcomes: ['taskqueue.unroutable: undeliverable-result'],
    },
    {
      name: 'a made-up address for a direct reply on what is unreadable',
      message: json('{', { replyTo: MADE_UP }),
      outcomes: UNREADABLE,
    },
    {
      name: 'reply_to nowhere on what is unreadable',
      message: json('{', { replyTo: 'nowhere' }),
      outcomes: UNREADABLE,
    },
  ];
}

/** RabbitMQ 3.10 and 4.0 end the connection of whoever publishes there. */
const MADE_UP = 'amq.rabbitmq.reply-to.g1h2.abc';
