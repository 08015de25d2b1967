// Random messages that a broker takes: properties, header tables and bodies in any combination.
import fc from 'fast-check';
import { field, integerField, long, type RawMessage, type RawProperties } from '../support/raw-amqp.ts';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> => fc.uint8Array({ maxLength }).map((all) => Buffer.from(all));
const utf8 = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.string({ unit: 'binary', maxLength }).map((text) => Buffer.from(text));
const text = (maxLength: number): fc.Arbitrary<Buffer> => fc.oneof(utf8(maxLength), bytes(maxLength));

/** RabbitMQ itself refuses what is no number: it ends the sender's connection. */
const REAL = { noNaN: true, noDefaultInfinity: true };

/** Tag and value, as they stand in a table or a list. */
const { value } = fc.letrec<{ value: Buffer; list: Buffer; table: Buffer }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    tagged('S', text(40).map(long)),
    tagged('x', bytes(20).map(long)),
    tagged('l', fixed(8)),
    tagged(
      'd',
      fc.double(REAL).map((one) => float(8, one)),
    ),
    tagged(
      'f',
      fc.float(REAL).map((one) => float(4, one)),
    ),
    tagged('I', fixed(4)),
    tagged('T', fixed(8)),
    tagged('D', fixed(5)),
    tagged('s', fixed(2)),
    tagged('b', fixed(1)),
    tagged('t', fc.constantFrom(Buffer.from([0]), Buffer.from([1]))),
    tagged('V', fc.constant(Buffer.alloc(0))),
    tie('list'),
    tie('table'),
  ),
  list: tagged(
    'A',
    fc.array(tie('value'), { maxLength: 4 }).map((all) => long(Buffer.concat(all))),
  ),
  table: tagged(
    'F',
    fc.array(fc.tuple(text(20), tie('value')), { maxLength: 4 }).map((all) => long(tableOf(all))),
  ),
}));

function float(length: 4 | 8, value: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (length === 4) bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes;
}

function tagged(tag: string, values: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return values.map((one) => Buffer.concat([Buffer.from(tag), one]));
}

function fixed(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((all) => Buffer.from(all));
}

function tableOf(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat(entries.map(([name, value]) => field(name, '', value)));
}

/** Not `CC` and `BCC`, which are checked by the broker, and say where else it goes. */
const name = fc.oneof(
  text(30),
  fc
    .constantFrom('tq-type', 'tq-run', 'tq-attempt', 'tq-crashes', 'tq-accepted', 'tq-user', 'tq-routed', 'tq-reason')
    .map((one) => Buffer.from(one)),
  fc
    .constantFrom('tq-due', 'tq-expires', 'tq-max-attempts', 'tq-lock', '__proto__', 'constructor', 'x-death', '!')
    .map((one) => Buffer.from(one)),
);

const headers = fc.oneof(
  { weight: 2, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 1, arbitrary: fc.constantFrom(1n, -1n, 2n ** 60n).map((at) => integerField('tq-due', at)) },
  { weight: 4, arbitrary: fc.array(fc.tuple(name, value), { maxLength: 6 }).map(tableOf) },
);

const properties: fc.Arbitrary<RawProperties> = fc.record(
  {
    contentType: fc.oneof(
      fc.constantFrom('application/json', 'text/plain', 'TEXT/plain; x', 'application/json-rpc', '__proto__'),
      text(60),
    ),
    contentEncoding: fc.oneof(fc.constantFrom('utf-8', 'gzip'), text(10)),
    headers,
    deliveryMode: fc.constantFrom(1, 2),
    priority: fc.integer({ min: 0, max: 255 }),
    replyTo: fc.constantFrom('replies', 'nowhere', 'taskqueue', 'worker_x', Buffer.from([0xff])),
    expiration: fc.constantFrom('600000', '4294967295'),
    messageId: text(60),
    timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    type: text(20),
    appId: text(20),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  fc.constant(Buffer.from('{"worker_type":"first"}')),
  fc.constant(Buffer.from('first text')),
  // Never a notification: one that fails leaves no trace behind, as JSON-RPC wants it.
  fc.constant(Buffer.from('{"jsonrpc":"2.0","method":"first","id":1}')),
  fc.json().map((one) => Buffer.from(one)),
  fc.jsonValue().map((one) => Buffer.from(JSON.stringify({ worker_type: 'first', one }))),
  text(200),
);

export const anyHostileMessage: fc.Arbitrary<RawMessage> = fc.record({ properties, body });
