import { describe, expect, it } from 'vitest';
import { addressed, likelyContentType } from '../../../src/cli/send-request.ts';

const TYPES = {
  whenAbsent: 'application/json',
  map: { 'application/json': 'application/x-ruote-workitem', 'text/plain': 'application/x-basic-workitem' },
};
const find = (text: string, contentType = likelyContentType(Buffer.from(text))): [string, string] => {
  const { type, body } = addressed(Buffer.from(text), contentType, TYPES);
  return [type, body.toString()];
};

describe('the worker type of what is waited for', () => {
  it.each([
    ['{"worker_type":"w","a":1}'],
    ['{"fields":{"params":{"worker_type":"w"}}}'],
    ['{"jsonrpc":"2.0","method":"w.add","id":1}'],
    ['[{"jsonrpc":"2.0","method":"w.add","id":1},{"jsonrpc":"2.0","method":"w.sub","id":2}]'],
  ])('is the one that the body names: %s', (text) => {
    expect(find(text)).toEqual(['w', text]);
  });

  it('is the first word of a text, and the rest is what its worker sees', () => {
    expect(find('w hello  world')).toEqual(['w', 'hello  world']);
    expect(find('w')).toEqual(['w', '']);
  });

  it.each([
    ['{"a":1}', undefined, /names no worker type/],
    ['a/b c', undefined, /"a\/b", which the body names, is no worker type/],
    ['{"worker_type":"w"', 'application/json', /is not JSON/],
    ['type=w', 'application/x-pairs', /application\/x-pairs is read by no format that is built in$/],
    ['\u001b[2J x', undefined, /"\\x1b\[2J", which/],
  ])('has to be given where the body names none: %s', (text, contentType, why) => {
    expect(() => find(text, contentType)).toThrow(why);
    expect(() => find(text, contentType)).toThrow(/^--wait has to know the worker type: give TYPE; /);
  });
});
