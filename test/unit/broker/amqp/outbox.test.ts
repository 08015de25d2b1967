import type { ChannelModel } from 'amqplib';
import { beforeEach, describe, expect, test } from 'vitest';
import { Outbox } from '../../../../src/broker/amqp/outbox.ts';
import { FakeConnection, turn } from './fake-connection.ts';

const KIB = 1024;
let connection: FakeConnection;
let outbox: Outbox;

beforeEach(() => {
  connection = new FakeConnection();
  outbox = new Outbox(connection.model);
  expect([connection.freshChannel(), connection.freshChannel()]).toEqual([1, 2]);
});

const write = (text: string) => (target: Buffer, start: number) => start + target.write(text, start, 'latin1');

describe('an outbox', () => {
  test('sends what is said within one turn together, in the order in which it was said', async () => {
    connection.say(1, 'one ');
    connection.say(2, 'two ');
    outbox.add(100, write('three '));
    connection.say(1, 'four');
    expect(connection.texts).toEqual([]);
    await turn();
    expect(connection.texts).toEqual(['one two three four']);
    connection.say(2, 'five');
    await turn();
    expect(connection.texts).toEqual(['one two three four', 'five']);
  });

  test('gathers no more than 64 KiB, and cuts no frame', async () => {
    const frames = ['a', 'b', 'c'].map((letter) => letter.repeat(30 * KIB));
    for (const frame of frames) connection.say(1, frame);
    await turn();
    expect(connection.texts).toEqual([`${frames[0]}${frames[1]}`, frames[2]]);
  });

  test.each<[string, (large: string) => void]>([
    ['amqplib says', (large) => connection.say(2, large)],
    ['is written by us', (large) => outbox.add(110 * KIB, write(large))],
    ['is passed on', (large) => outbox.pass(Buffer.from(large))],
  ])('sends what is larger at once, behind what was said before, where it %s', async (_, say) => {
    const large = 'x'.repeat(100 * KIB);
    connection.say(1, 'before ');
    say(large);
    connection.say(1, 'after');
    expect(connection.texts).toEqual(['before ', large]);
    await turn();
    expect(connection.texts).toEqual(['before ', large, 'after']);
  });

  test('sends nothing of what could not be written to its end', async () => {
    connection.say(1, 'before ');
    const half = (target: Buffer, start: number): number => {
      target.write('half of it', start);
      throw new RangeError('does not fit');
    };
    expect(() => outbox.add(100, half)).toThrow('does not fit');
    expect(() => outbox.add(110 * KIB, half)).toThrow('does not fit');
    connection.say(1, 'after');
    await turn();
    expect(connection.texts.join('')).toBe('before after');
  });

  test('sends what concerns the connection at once, behind what the channels have said', () => {
    connection.say(1, 'an acknowledgement');
    connection.say(0, 'goodbye');
    expect(connection.texts).toEqual(['an acknowledgement', 'goodbye']);
  });

  test('says nothing once the connection has ended', async () => {
    const errors: Error[] = [];
    connection.stream.on('error', (err) => errors.push(err));
    connection.say(1, 'too late');
    connection.stream.end();
    await turn();
    connection.say(0, 'goodbye');
    outbox.pass(Buffer.from('more'));
    connection.channels[1]?.buffer.end();
    expect([connection.texts, errors]).toEqual([[], []]);
  });

  test('wants an amqplib that it knows', () => {
    expect(() => new Outbox({ connection: {} } as unknown as ChannelModel)).toThrow(/outbox\.ts/);
  });
});
