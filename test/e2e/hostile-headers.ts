// Headers that somebody will send some day, those under our own prefix included.
import { expect } from 'vitest';
import { field, integerField, long, nestedField, short, textField } from '../support/raw-amqp.ts';
import {
  FINISHED,
  type Hostile,
  INVALID,
  json,
  latin1,
  UNCARRIABLE,
  UNREADABLE,
  UNSUPPORTED,
  withHeaders,
} from './hostile-kinds.ts';

const u32 = (value: number): Buffer => Buffer.from(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));

export function headers(): readonly Hostile[] {
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
export function ours(): readonly Hostile[] {
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
