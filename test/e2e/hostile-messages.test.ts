// Whatever strangers send, through the task queue or straight to a worker queue: each message has its one outcome, the
// good ones among them come back, and the daemons do not even notice. A ledger counts them all.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Ledger } from '../support/ledger.ts';
import { Pipeline } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { field, openRaw, type RawClient, type RawMessage } from '../support/raw-amqp.ts';
import { hostileCases } from './hostile-cases.ts';
import { anyHostileMessage } from './hostile-generator.ts';
import { GOOD, type Hostile } from './hostile-kinds.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
const pipeline = new Pipeline(broker, 'instances = 2\nconcurrency = 20\n');
const daemons: Daemon[] = [];
const ENTRIES = ['taskqueue', 'worker_first'] as const;
type EntryQueue = (typeof ENTRIES)[number];
const REPORTS = ['results', 'replies', 'copies'];
const KEPT = ['taskqueue.dead', 'taskqueue.unroutable'];

const ledger = new Ledger();
let raw: RawClient;
/** In the ledger, what has lost its correlation id. */
const NAMELESS = 'undefined';
/** What has been sent by all tests of this file: every key that the ledger may have, and no other. */
const sent = new Set<string>();

beforeAll(async () => {
  await client.declare('results', 'replies', 'copies');
  pipeline.installFixture('../../plugins/first', 'first');
  daemons.push(await pipeline.dispatcher(), await pipeline.pool(2));
  raw = await openRaw(broker);
  await client.declare(...ENTRIES);
  await ledger.follow(client, ...REPORTS);
  await send('taskqueue', GOOD, 'the first');
  await ledger.have(['the first'], () => 1); // so everything is declared
  await ledger.follow(client, ...KEPT);
});

afterAll(async () => {
  raw.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await client.close();
});

/** The message with its key, which makes it known to the ledger. */
function keyed({ properties, body }: RawMessage, key: string): RawMessage {
  if (key === NAMELESS) return { properties, body };
  sent.add(key);
  return { properties: { ...properties, correlationId: key }, body };
}

async function send(queue: EntryQueue, message: RawMessage, key: string): Promise<void> {
  await raw.publish(queue, keyed(message, key));
}

function expectedOf(hostile: Hostile, queue: EntryQueue): readonly string[] {
  return [...(queue === 'taskqueue' ? hostile.outcomes : (hostile.directly ?? hostile.outcomes))].sort();
}

describe.each(ENTRIES)('sent to %s', (queue) => {
  it.each(hostileCases(broker.user))('$name: one outcome', async (hostile) => {
    const key = hostile.isNameless ? NAMELESS : `${queue} ${hostile.name}`;
    const expected = expectedOf(hostile, queue);
    const before = ledger.outcomes(key).length;
    await send(queue, hostile.message, key);
    await send(queue, GOOD, `${queue} beside ${hostile.name}`);
    await ledger.have([key], () => before + expected.length);
    await ledger.have([`${queue} beside ${hostile.name}`], () => 1);
    expect(ledger.outcomes(key).slice(before)).toEqual(expected);
    for (const { queue: end, message } of ledger.of(key)) {
      if (end.startsWith('taskqueue.')) expect(storyOf(message.properties.headers)).toEqual(A_STORY);
      hostile.check?.(message, end);
    }
  });
});

const storyOf = (headers: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.keys(A_STORY).map((name) => [name, headers[name]]));

/** What a person finds with a parked message: a sentence without control characters, a time, a place. */
const A_STORY = {
  'tq-error': expect.stringMatching(/^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]{10,1100}$/u),
  'tq-when': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  'tq-where': expect.stringMatching(/^\S+ (dispatcher|workerpool)$/),
  'tq-queue': expect.stringMatching(/./),
};

it.each([NaN, -Infinity])(
  '%s in a header gets no further than the broker, which ends the connection',
  async (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    const sender = await openRaw(broker);
    const message = { ...GOOD, properties: { headers: field('n', 'd', bytes) } };
    await expect(sender.publish('taskqueue', message)).rejects.toThrow('the broker refuses');
    sender.close();
  },
);

it('2,000 bad ones between 2,000 good ones keep none of these from coming back', async () => {
  const bad = hostileCases(broker.user).filter(({ isHeavy, outcomes }) => !isHeavy && outcomes.length === 1);
  const expected = new Map<string, readonly string[]>();
  for (const queue of ENTRIES) {
    const messages: RawMessage[] = [];
    for (let n = 0; n < 1000; n++) {
      const hostile = bad[n % bad.length] as Hostile;
      expected.set(`${queue} bad ${n}`, expectedOf(hostile, queue));
      expected.set(`${queue} good ${n}`, ['results: finished']);
      messages.push(keyed(hostile.message, `${queue} bad ${n}`), keyed(GOOD, `${queue} good ${n}`));
    }
    await raw.publish(queue, ...messages);
  }
  await ledger.have([...expected.keys()], (key) => expected.get(key)?.length ?? 1, 50_000);
  const found = new Map([...expected.keys()].map((key) => [key, ledger.outcomes(key)]));
  expect(found).toEqual(expected);
});

it('anything that a broker takes has its outcome', async () => {
  let number = 0;
  const enoughAt = performance.now() + 15_000;
  const batch = fc.array(fc.tuple(fc.constantFrom(...ENTRIES), anyHostileMessage), { minLength: 20, maxLength: 40 });
  const property = fc.asyncProperty(batch, async (messages) => {
    if (performance.now() > enoughAt) return; // a busy machine has time for fewer
    const keys: string[] = [];
    for (const [queue, message] of messages) {
      const key = `any ${++number}`;
      await send(queue, message, key);
      keys.push(key);
    }
    await ledger.have(keys, (key) => (isTold(key) ? 2 : 1));
    for (const key of keys) expect(ledger.outcomes(key)).toSatisfy(isOneOutcome);
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
  expect(number).toBeGreaterThan(100);
});

/** Parked, and its sender has been told: the parked one says so. */
function isTold(key: string): boolean {
  return ledger.of(key).some(({ message }) => message.properties.headers?.['tq-reported'] === true);
}

/** A result, or parked, or set aside; where parked, perhaps a failed result for its sender as well. */
function isOneOutcome(outcomes: readonly string[]): boolean {
  const kept = outcomes.filter((one) => one.startsWith('taskqueue.'));
  const results = outcomes.filter((one) => !one.startsWith('taskqueue.'));
  if (kept.length === 0) return results.length === 1;
  return kept.length === 1 && (results.length === 0 || (results.length === 1 && results[0] === 'replies: failed'));
}

it('in the end the daemons are those of the beginning, nothing is left over and nothing came twice', async () => {
  expect(daemons.map(({ pid }) => isRunning(pid))).toEqual([true, true]);
  for (const daemon of daemons) expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  const leftOver = await Promise.all([...ENTRIES, ...REPORTS, ...KEPT].map(whatIsIn));
  expect(leftOver.flat()).toEqual([]);
  expect(ledger.keys.filter((key) => !sent.has(key) && key !== NAMELESS)).toEqual([]);
  const worn = [...sent].filter(
    (key) => !isOneOutcome(ledger.outcomes(key).filter((one) => !one.startsWith('copies'))),
  );
  expect(worn.map((key) => [key, ledger.outcomes(key)])).toEqual([]);
  const log = daemons.flatMap(({ lines }) => lines);
  expect(log.filter((line) => /ready type=first/.test(line))).toHaveLength(2);
  expect(log.filter((line) => /error/i.test(line.slice(0, 40)))).toEqual([]);
});

async function whatIsIn(queue: string): Promise<string[]> {
  const count = await client.depth(queue);
  const messages = await (await client.collect(queue)).take(count);
  return messages.map(({ properties }) => `${queue}: ${JSON.stringify(properties)}`);
}
