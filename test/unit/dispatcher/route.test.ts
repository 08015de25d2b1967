import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Formats, type Routing, routingOf } from '../../../src/dispatcher/route.ts';
import { uncarriableReason } from '../../../src/workitem/carriable.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';
import { oddMessage } from '../workitem/odd-headers.ts';

const FORMATS: Formats = {
  types: {
    whenAbsent: 'application/json',
    map: { 'application/json': 'application/x-ruote-workitem', 'text/plain': 'application/x-basic-workitem' },
  },
  fromPlugins: new Set(['application/x-plugin']),
};
type More = Partial<Omit<Message, 'body'>>;
const route = (body: string | Buffer, more: More = {}): Routing => routingOf(message(body, more), FORMATS);
const typed = (contentType: string): More => ({ properties: { contentType } });
const TEXT = typed('text/plain');
const to = (type: string, isFromBody = true): Routing => ({ kind: 'to', type, isFromBody });
const refused = (reason: string, error = /./): unknown => ({
  kind: 'refused',
  refusal: { reason, error: expect.stringMatching(error) },
});

describe('the header tq-type', () => {
  it('decides alone: nobody looks into the body', () => {
    const headers = { 'tq-type': 'w' };
    const body = Buffer.from('{"worker_type":"other"');
    expect(route(body, { headers })).toEqual(to('w', false));
    expect(route('', { headers, properties: { contentType: 'no/such', contentEncoding: 'gzip' } })).toEqual(
      to('w', false),
    );
  });

  it.each(['', ' w', 'a b', 'a/b', '.a', '-a', 'ü', 'a'.repeat(129), 'a\nb', '__proto__', 5, null, true, {}, ['w']])(
    'refuses what is no name of a type, and does not fall back on the body: %j',
    (named) => {
      expect(route('{"worker_type":"w"}', { headers: { 'tq-type': named } })).toEqual(
        refused('invalid', /^header tq-type/),
      );
    },
  );

  it.each([
    [5, '5'],
    [null, 'null'],
    [{}, 'an object'],
  ])('says what it found that is no text: %j', (named, shown) => {
    const error = new RegExp(`^header tq-type names the worker type ${shown}, but`);
    expect(route('{}', { headers: { 'tq-type': named } })).toEqual(refused('invalid', error));
  });

  it('shows no more of an odd name than fits a line', () => {
    const routing = route('', { headers: { 'tq-type': `\u001b[31m${'x'.repeat(60_000)}` } });
    const error = routing.kind === 'refused' ? routing.refusal.error : '';
    expect(error.length).toBeLessThan(300);
    expect(error).toContain('\\x1b');
  });
});

describe('a JSON body', () => {
  it.each([
    ['{"worker_type":"w"}'],
    ['{"fields":{"params":{"worker_type":"w"}}}'],
    ['{"fields":{"params":{"worker_type":"w"}},"worker_type":"other"}'],
    ['{"fields":{"params":{}},"worker_type":"w"}'],
    ['\n { "worker_type" : "w" } \n'],
  ])('names its type: %s', (body) => {
    expect(route(body)).toEqual(to('w'));
    expect(route(body, typed('application/json; charset=utf-8'))).toEqual(to('w'));
    expect(route(body, typed('application/x-ruote-workitem'))).toEqual(to('w'));
  });

  it.each([
    'null',
    '5',
    '"w"',
    '[]',
    '["worker_type"]',
    '{}',
    '{"worker_type":5}',
    '{"worker_type":null}',
    '{"worker_type"',
    '',
    ' ',
    '{"fields":{"params":[{"worker_type":"w"}]}}',
    '{"__proto__":{"worker_type":"w"}}',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    '{"worker_type":"w"} trailing',
  ])('that names none is unreadable: %.60s', (body) => {
    expect(route(body)).toEqual(refused('unreadable'));
  });

  it('in anything but plain UTF-8 is unreadable', () => {
    expect(route(Buffer.from('{"worker_type":"caf\xe9"}', 'latin1'))).toEqual(refused('unreadable', /UTF-8/));
    expect(route('{"worker_type":"w"}', { properties: { contentEncoding: 'gzip' } })).toEqual(
      refused('unreadable', /gzip/),
    );
    expect(route(Buffer.from('{"worker_type":"w"}', 'utf16le'))).toEqual(refused('unreadable'));
  });

  it.each(['a b', 'a/b', '', 'x'.repeat(300), '../w', 'constructor '])(
    'with a name that breaks the rules is invalid: %.40s',
    (name) => {
      expect(route(JSON.stringify({ worker_type: name }))).toEqual(refused('invalid', /^the body/));
    },
  );
});

describe('a text body', () => {
  it('names its type before the first space', () => {
    expect(route('w and the rest', TEXT)).toEqual(to('w'));
    expect(route('w', TEXT)).toEqual(to('w'));
  });

  it('names none where it begins with a space, or is empty', () => {
    expect(route('', TEXT)).toEqual(refused('unreadable'));
    expect(route(' w', TEXT)).toEqual(refused('unreadable'));
  });

  it('with an invalid name is refused, however long it is', () => {
    expect(route('w\nx y', TEXT)).toEqual(refused('invalid'));
    expect(route('x'.repeat(1_000_000), TEXT)).toEqual(refused('invalid'));
  });
});

describe('other content types', () => {
  it('of plugins are asked', () => {
    expect(route('anything', typed('application/x-plugin; v=1'))).toEqual({
      kind: 'ask',
      format: 'application/x-plugin',
    });
  });

  it('of plugins are not asked about a compressed body', () => {
    const properties = { contentType: 'application/x-plugin', contentEncoding: 'gzip' };
    expect(route('anything', { properties })).toEqual(refused('unreadable'));
  });

  it('that nobody reads are told the way out, and a near miss is named', () => {
    expect(route('x', typed('application/octet-stream'))).toEqual(refused('unreadable', /tq-type/));
    expect(route('x', typed('application/x-plugim'))).toEqual(refused('unreadable', /application\/x-plugin/));
    expect(route('x', typed('__proto__'))).toEqual(refused('unreadable'));
    expect(route('x', typed('constructor'))).toEqual(refused('unreadable'));
  });
});

it('every message that can be carried has a routing, and a refusal is short', () => {
  fc.assert(
    fc.property(oddMessage, (odd) => {
      if (uncarriableReason(odd) !== undefined) return;
      const routing = routingOf(odd, FORMATS);
      if (routing.kind === 'refused') expect(routing.refusal.error.length).toBeLessThan(1_000);
    }),
    { numRuns: 1_000 },
  );
});
