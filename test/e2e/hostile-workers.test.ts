// Plugin code that attacks its pool manager: over the pipe, with floods, and through what it may publish. The process that
// does it ends, or is refused; everybody else keeps working, in the same processes.
import type { ConsumeMessage } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Ledger } from '../support/ledger.ts';
import { Pipeline, readyPids } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
const pipeline = new Pipeline(broker, 'max_crashes = 1\n[narrow]\nmay_publish = elsewhere, logs/*\n');
/** What each of them does, and what its workitem is parked with. */
const MISDEEDS: readonly (readonly [string, RegExp])[] = [
  ['rubbish', /broke the protocol/],
  ['endless line', /broke the protocol/],
  ['announce a huge head', /broke the protocol/],
  ['announce a huge body', /broke the protocol/],
  ['a head that is no JSON', /broke the protocol/],
  ['deep JSON', /broke the protocol/],
  ['answer for another', /broke the protocol: it answered job 123456, which it does not have/],
  ['hang up', /hung up on its pool manager/],
  ['hello again', /broke the protocol: it said "hello" twice/],
  ['flood of log', /flooded the pool/],
  ['flood of debug', /flooded the pool/],
  ['flood of progress', /flooded the pool/],
  ['flood of publish', /at once|flooded the pool|does not read the answers/],
];
/** Each on a type of its own, whose processes have not crashed before: so the next one starts at once. */
const typeFor = (what: string): string => what.replaceAll(' ', '-');
const HOSTILE = [...MISDEEDS.map(([what]) => typeFor(what)), 'answer-twice', 'verbose'];
const ledger = new Ledger();
let pool: Daemon;
let pids: ReadonlyMap<string, number>;
let sentSoFar = 0;

beforeAll(async () => {
  pipeline.installFixture('../../plugins/first', 'first');
  for (const type of [...HOSTILE, 'publisher', 'narrow']) {
    pipeline.installFixture(HOSTILE.includes(type) ? 'plugins/hostile' : 'plugins/publisher', type);
    const manifest = { name: `fixture-${type}`, version: '1.0.0', type: 'module' };
    const taskqueue = { workers: { [type]: './worker.js' } };
    pipeline.writePluginFile(type, 'package.json', JSON.stringify({ ...manifest, taskqueue }));
  }
  await client.declare(
    'results',
    'elsewhere',
    'copies',
    ...[...HOSTILE, 'first', 'publisher', 'narrow'].map((t) => `worker_${t}`),
  );
  pool = await pipeline.pool(0);
  pids = await readyPids(pool, HOSTILE.length + 3);
  await ledger.follow(client, 'results', 'elsewhere', 'copies');
  await outcomeOf('first', {}); // so everything is declared
  await ledger.follow(client, 'taskqueue.dead');
});

afterAll(async () => {
  await pool.stop();
  await client.close();
});

/** Sends one; resolves with its key. */
async function send(type: string, body: unknown): Promise<string> {
  const correlationId = `${type} ${++sentSoFar}`;
  const properties = { contentType: 'application/json', correlationId, messageId: correlationId };
  await client.publish(`worker_${type}`, JSON.stringify(body), properties);
  return correlationId;
}

/** The entries of one, as soon as there are `count`. */
async function outcomeOf(type: string, body: unknown, count = 1): Promise<readonly ConsumeMessage[]> {
  const key = await send(type, body);
  await ledger.have([key], () => count);
  return ledger.of(key).map(({ message }) => message);
}

/** The others work, in the processes that they had at the beginning. */
async function expectOthersUnharmed(): Promise<void> {
  const keys = await Promise.all(Array.from({ length: 20 }, () => send('first', {})));
  await ledger.have(keys, () => 1);
  expect(isRunning(pool.pid)).toBe(true);
  for (const [instance, pid] of pids)
    if (/^(first|publisher|narrow|verbose)/.test(instance)) expect(isRunning(pid)).toBe(true);
}

describe('a worker process that breaks the rules ends alone, and its workitem is reported and parked, where it', () => {
  it.each(MISDEEDS)('sends: %s', async (what, error) => {
    const from = pool.lines.length;
    const key = await send(typeFor(what), { do: what });
    await expectOthersUnharmed();
    await ledger.have([key], () => 2);
    expect(ledger.outcomes(key)).toEqual(['results: failed', 'taskqueue.dead: crashed']);
    for (const { message } of ledger.of(key).filter(({ queue }) => queue === 'taskqueue.dead')) {
      expect(message.properties.headers?.['tq-error']).toMatch(error);
    }
    await pool.waitForLine(new RegExp(`ready type=${typeFor(what)} `), { from });
  });

  it('answers for all numbers: its own counts once, and the next one ends it', async () => {
    const from = pool.lines.length;
    const key = await send('answer-twice', { do: 'answer twice' });
    await pool.waitForLine(/broke the protocol: it answered job \d+, which it does not have/, { from });
    await pool.waitForLine(/ready type=answer-twice/, { from });
    await expectOthersUnharmed();
    const own = await outcomeOf('answer-twice', {});
    expect(own).toHaveLength(1);
    expect(ledger.of(key).length).toBeLessThanOrEqual(2);
  });
});

describe('output without end', () => {
  it.each([
    { do: 'flood of lines', lines: 100_000 },
    { do: 'one line without an end', megabytes: 20 },
    { do: 'many words' },
  ])('is cut, and harms nobody: $do', async (orders) => {
    const before = pool.lines.length;
    const key = await send('verbose', orders);
    await expectOthersUnharmed();
    await ledger.have([key], () => 1);
    expect(ledger.outcomes(key)).toEqual(['results: finished']);
    expect(pool.lines.length - before).toBeLessThan(10_000);
  });

  it('has not made the pool manager grow beyond bounds', () => {
    expect(pool.peakMegabytes).toBeLessThan(500);
  });
});

const OWN = /belongs to the task queue itself/;

describe('channel.publish of a plugin', () => {
  const answersOf = async (type: string, calls: readonly unknown[]): Promise<readonly string[]> => {
    const [result] = await outcomeOf(type, { calls });
    const { answers } = JSON.parse(result?.content.toString() ?? '{}') as { answers: readonly string[] };
    return answers;
  };

  it.each(['taskqueue', 'taskqueue.dead', 'taskqueue.delay.3', 'worker_first', 'worker_x'])(
    'to %s is refused',
    async (key) => {
      expect(await answersOf('publisher', [{ key }])).toEqual([expect.stringMatching(OWN)]);
      expect(await answersOf('publisher', [{ exchange: 'taskqueue.unroutable', key }])).toEqual([
        expect.stringMatching(OWN),
      ]);
    },
  );

  it('goes nowhere but where it says: CC and BCC do not count', async () => {
    const properties = { correlationId: 'a copy', headers: { CC: ['worker_first', 'copies'], BCC: ['copies'] } };
    expect(await answersOf('publisher', [{ key: 'elsewhere', properties }])).toEqual(['published']);
    await expectOthersUnharmed();
    expect(ledger.outcomes('a copy')).toEqual(['elsewhere: as it was sent']);
  });

  it('is narrowed by may_publish', async () => {
    const narrow = expect.stringMatching(/is not among may_publish/);
    const calls = [
      { key: 'elsewhere' },
      { key: 'copies' },
      { key: 'elsewhere2' },
      { exchange: 'amq.direct', key: 'elsewhere' },
    ];
    expect(await answersOf('narrow', calls)).toEqual(['published', narrow, narrow, narrow]);
  });

  it('rejects where there is no such queue or exchange, and disturbs nobody', async () => {
    const calls = [{ key: 'nobody-has-this' }, { exchange: 'none', key: 'x' }, { key: 'elsewhere' }];
    const from = pool.lines.length;
    const answers = answersOf('publisher', calls);
    await expectOthersUnharmed();
    const [noQueue, noExchange, good] = await answers;
    expect(noQueue).not.toBe('published');
    expect(noExchange).toMatch(/none/);
    expect(good).toBe('published');
    expect(pool.lines.slice(from).filter((line) => /connected/.test(line))).toEqual([]);
  });

  it('rejects with the properties that would close the channel', async () => {
    const properties = [{ userId: 'root' }, { expiration: 'soon' }];
    const answers = await answersOf(
      'publisher',
      properties.map((one) => ({ key: 'elsewhere', properties: one })),
    );
    expect(answers).toEqual([expect.stringMatching(/userId/), expect.stringMatching(/expiration/)]);
  });

  it('rejects after the end of the workitem', async () => {
    await answersOf('publisher', []);
    const [result] = await outcomeOf('publisher', { late: true });
    expect(result?.content.toString()).toMatch(/this workitem is settled/);
  });
});

it('everything was done by one pool manager, whose other processes were never replaced', async () => {
  await expectOthersUnharmed();
  expect((await pool.stop()).code).toBe(0);
});
