// What a handle knows of its task while there is no result: events, questions, and what it does without either.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskState } from '../../../src/client/status.ts';
import { SILENT_AT_MOST_MS, SILENT_FOR_MS } from '../../../src/client/tasks.ts';
import { type Agency, openAgency } from './agency.ts';

let agency: Agency;

beforeEach(async () => {
  agency = await openAgency();
});

const STARTED = { kind: 'started', instance: 'w#1', attempt: 1 } as const;

describe('events', () => {
  it('are asked for before anything is sent', async () => {
    const { client, asked, sent, clock } = agency;
    const submission = client.submit('w');
    await clock.advance(0);
    expect(asked).toMatchObject([{ kind: 'listen', replyTo: expect.stringMatching(/^tq\.client\./) }]);
    expect(sent).toHaveLength(0);
    await agency.pass(1000);
    await submission;
    expect(sent[0]?.properties.replyTo).toBe((asked[0] as { replyTo?: string }).replyTo);
  });

  it('make the status, for whoever asks and for whoever listens', async () => {
    const { client, sent, of, tell, reply } = agency;
    const handle = await of(client.submit('w'));
    const [seen, steps]: [TaskState[], unknown[]] = [[], []];
    handle.on('status', (state) => seen.push(state)).on('progress', (step) => steps.push(step));
    expect(await handle.status()).toBe('QUEUED');
    await tell(sent[0], STARTED, { kind: 'progress', fraction: 0.5, note: 'page 2' });
    expect(await handle.status()).toBe('RUNNING');
    expect(handle.state).toMatchObject({ instance: 'w#1', attempt: 1, progress: 0.5, note: 'page 2' });
    await tell(sent[0], { kind: 'delayed', untilMs: 9, why: 'no paper', attempt: 2 });
    expect(await handle.status()).toBe('RETRYING');
    await tell(sent[0], { ...STARTED, attempt: 2 });
    await reply(sent[0], 1);
    expect(seen.map(({ status }) => status)).toEqual(['RUNNING', 'RETRYING', 'RUNNING', 'FINISHED']);
    expect(steps).toEqual([{ fraction: 0.5, note: 'page 2' }]);
  });

  it('can be iterated, from the present state to the last', async () => {
    const { client, sent, of, tell, reply } = agency;
    const handle = await of(client.submit('w'));
    const seen: string[] = [];
    const all = (async () => {
      for await (const { status, progress } of handle.updates()) seen.push(`${status} ${progress}`);
    })();
    await tell(sent[0], STARTED);
    await tell(sent[0], { kind: 'progress', fraction: 0.5, note: '' });
    await reply(sent[0], 1);
    await all;
    expect(seen).toEqual(['QUEUED null', 'RUNNING null', 'RUNNING 0.5', 'FINISHED 0.5']);
    for await (const { status } of handle.updates()) expect(status).toBe('FINISHED');
  });

  it('about others are nobody’s business', async () => {
    const { client, sent, of, tell } = agency;
    const handle = await of(client.submit('w'));
    await tell(sent[0], { ...STARTED, id: 'another' }, { ...STARTED, replyTo: 'tq.client.other.results' });
    expect(await handle.status()).toBe('QUEUED');
  });

  it('reach listeners one after another, even if one of them throws; one that has gone hears nothing', async () => {
    const { client, sent, of, tell } = agency;
    const handle = await of(client.submit('w'));
    const uncaught: unknown[] = [];
    const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      try {
        task();
      } catch (err) {
        uncaught.push(err);
      }
    });
    const [heard, gone] = [vi.fn(), vi.fn()];
    const bad = new Error('mine');
    handle.on('status', () => {
      throw bad;
    });
    handle.on('status', heard).on('status', gone).off('status', gone);
    await tell(sent[0], STARTED);
    microtask.mockRestore();
    expect(heard).toHaveBeenCalledTimes(1);
    expect(gone).not.toHaveBeenCalled();
    expect(uncaught).toEqual([bad]);
  });
});

describe('a task that is said to have ended', () => {
  const quiet = SILENT_FOR_MS + 10_000;

  it('gets its result though that comes later', async () => {
    const { client, sent, of, tell, reply, clock } = agency;
    const handle = await of(client.submit('w'));
    await tell(sent[0], STARTED, { kind: 'finished', instance: 'w#1', tookMs: 1 });
    expect(await handle.status()).toBe('FINISHED');
    await clock.advance(SILENT_FOR_MS - 1_000);
    await reply(sent[0], 'late');
    expect(await handle.result()).toBe('late');
    expect(client.stats.pending).toBe(0);
  });

  it('without a result has none: its plugin may report elsewhere', async () => {
    const { client, sent, of, tell, clock } = agency;
    const handle = await of(client.submit('w'));
    await tell(sent[0], { kind: 'finished', instance: 'w#1', tookMs: 1 });
    const failed = expect(handle.result()).rejects.toMatchObject({
      status: 'FINISHED',
      message: 'its worker reported no result to this client',
    });
    await clock.advance(quiet);
    await failed;
    expect(client.stats.pending).toBe(0);
  });

  it('is an error with what was said, where it did not end well', async () => {
    const { client, sent, of, tell, clock } = agency;
    const handle = await of(client.submit('w'));
    await tell(sent[0], { kind: 'parked', reason: 'loop', error: 'in circles', isReported: false });
    const failed = expect(handle.result()).rejects.toMatchObject({ status: 'PARKED', message: 'in circles' });
    await clock.advance(quiet);
    await failed;
  });

  it('is not waited for without an end, though the results of others keep coming', async () => {
    const { client, sent, of, tell, reply, clock } = agency;
    const handle = await of(client.submit('w'));
    await tell(sent[0], { kind: 'finished', instance: 'w#1', tookMs: 1 });
    const failed = expect(handle.result()).rejects.toMatchObject({ status: 'FINISHED' });
    for (let waited = 0; waited <= SILENT_AT_MOST_MS; waited += SILENT_FOR_MS / 2) {
      await of(client.submit('w'));
      await reply(sent.at(-1), 'another');
      await clock.advance(SILENT_FOR_MS / 2);
    }
    expect(client.stats.pending).toBe(0);
    await failed;
  });

  it('is waited for while results cannot come, or are still coming', async () => {
    const { client, sent, of, tell, reply, clock, broker } = agency;
    const [one, two] = await of(Promise.all([client.submit('w'), client.submit('w')]));
    await tell(sent[0], { kind: 'finished', instance: 'w#1', tookMs: 1 });
    await clock.advance(SILENT_FOR_MS - 1_000);
    await reply(sent[1], 'another');
    await clock.advance(SILENT_FOR_MS - 1_000);
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await clock.advance(60_000);
    reconnect();
    await reply(sent[0], 'after all');
    expect(await one?.result()).toBe('after all');
    expect(await two?.result()).toBe('another');
  });
});

describe('without events', () => {
  it('because nobody tells any, results come all the same, and the status is known from them', async () => {
    const alone = await openAgency({}, false);
    const handle = await alone.of(alone.client.submit('w'));
    expect(await alone.of(handle.status())).toBe('QUEUED');
    await alone.reply(alone.sent[0], 5);
    expect(await handle.result()).toBe(5);
    expect(await handle.status()).toBe('FINISHED');
  });

  it('because they are not wanted, nobody is asked for anything', async () => {
    const quiet = await openAgency({ hasEvents: false });
    const handle = await quiet.of(quiet.client.submit('w'));
    expect(await handle.status()).toBe('QUEUED');
    expect(quiet.asked).toEqual([]);
    expect(quiet.client.stats.eventsProblem).toBe('events are not wanted');
  });
});

describe('a status that events may have missed', () => {
  const whereabouts = (rest: object): object[] => [
    { id: agency.sent[0]?.properties.messageId, run: 'r', type: 'w', at: agency.clock.now(), ...rest },
  ];

  it('is asked for: after some were left out', async () => {
    const { client, of, asked, tellWithGaps } = agency;
    const handle = await of(client.submit('w'));
    await tellWithGaps(3);
    const job = { id: 'x', run: 'r', attempt: 2, startedAt: 5, progress: 0.5, note: 'n' };
    agency.whereabouts = whereabouts({ state: 'running', instance: 'w#7', pid: 5, job });
    expect(await of(handle.status())).toBe('RUNNING');
    expect(asked.at(-1)).toMatchObject({ kind: 'why', id: handle.id });
    expect(handle.state).toMatchObject({ instance: 'w#7', attempt: 2, progress: 0.5, note: 'n' });
  });

  it('is asked for: after the connection was away', async () => {
    const { client, of, broker } = agency;
    const handle = await of(client.submit('w'));
    broker.cut();
    await agency.clock.advance(0);
    agency.whereabouts = whereabouts({ state: 'delayed', untilMs: 99, why: 'no paper', attempt: 2 });
    expect(await of(handle.status())).toBe('RETRYING');
  });

  it.each([
    [{ state: 'ended', status: 'finished', error: null }, 'FINISHED'],
    [{ state: 'ended', status: 'failed', error: 'oh' }, 'FAILED'],
    [{ state: 'ended', status: 'cancelled', error: 'by ada' }, 'CANCELLED'],
    [{ state: 'ended', status: 'expired', error: null }, 'EXPIRED'],
    [{ state: 'ended', status: 'vanished', error: null }, 'QUEUED'],
    [{ state: 'parked', reason: 'rejected', error: 'no' }, 'PARKED'],
    [{ state: 'unroutable', queue: 'worker_w' }, 'QUEUED'],
    [{ state: 'routed', queue: 'worker_w' }, 'QUEUED'],
    [{ state: 'waiting', instance: 'w#1' }, 'QUEUED'],
    [{ state: 'settling', instance: 'w#1' }, 'QUEUED'],
    [{ state: 'passing' }, 'QUEUED'],
    [{ state: 'cancelled', by: 'ada', reason: '' }, 'QUEUED'],
  ])('is what the daemons say: %o is %s', async (where, expected) => {
    const { client, of, tellWithGaps } = agency;
    const handle = await of(client.submit('w'));
    await tellWithGaps(1);
    agency.whereabouts = whereabouts(where);
    expect(await of(handle.status())).toBe(expected);
  });

  it('is asked for where its result goes elsewhere', async () => {
    const { client, of } = agency;
    const handle = await of(client.submit('w', {}, { replyTo: null }));
    agency.whereabouts = whereabouts({ state: 'ended', status: 'finished', error: null });
    expect(await of(handle.status())).toBe('FINISHED');
  });

  it('is asked for no more once it has ended', async () => {
    const { client, of, asked, reply, sent, tellWithGaps } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], 1);
    await tellWithGaps(1);
    const before = asked.length;
    expect(await handle.status()).toBe('FINISHED');
    expect(asked).toHaveLength(before);
  });
});
