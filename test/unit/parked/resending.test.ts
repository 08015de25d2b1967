import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { Resending, type ResendOutcome } from '../../../src/parked/resending.ts';
import { CONFIRMED } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

const NEVER = new Promise<PublishOutcome>(() => undefined);
let tools: FakeTools;
let resending: Resending;
let sent: string[];

beforeEach(() => {
  tools = fakeTools();
  tools.broker.become('connected');
  resending = new Resending(tools.broker, tools.clock);
  sent = [];
  tools.broker.answer = ({ routingKey }) => {
    sent.push(routingKey);
    return routingKey === 'dead' ? NEVER : CONFIRMED;
  };
});

function send(queue: string, times: number, body = 'x'): Promise<ResendOutcome>[] {
  const outgoing: Outgoing = { ...message(body), exchange: '', routingKey: queue, mandatory: true };
  return Array.from({ length: times }, () => resending.send(tools.broker.delivery('q', message()), outgoing));
}

async function kindsOf(outcomes: readonly Promise<ResendOutcome>[]): Promise<Record<string, number>> {
  const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
  return Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]));
}

describe('sending again', () => {
  it('says that it may be stored only of what has been sent: a queue that leaves one unconfirmed gets no more', async () => {
    const dead = send('dead', 3_000);
    const fine = send('fine', 300);
    await tools.clock.advance(10_000);
    expect(await kindsOf(dead)).toEqual({ late: 100, unsent: 2_900 });
    expect(sent.filter((queue) => queue === 'dead')).toHaveLength(100);
    expect(await kindsOf(fine)).toEqual({ confirmed: 300 });
    expect(tools.clock.pending).toBe(0);
  });

  it('has no more than eight megabytes in flight; what is larger goes alone, in its turn', async () => {
    void send('dead', 3, 'x'.repeat(3 * 1024 * 1024));
    const large = send('fine', 1, 'x'.repeat(9 * 1024 * 1024));
    await tools.clock.advance(0);
    expect(sent).toEqual(['dead', 'dead']);
    await tools.clock.advance(10_000);
    expect(await kindsOf(large)).toEqual({ confirmed: 1 });
    expect(sent).toEqual(['dead', 'dead', 'fine']);
  });

  it('tells what the broker says, and lets the next one in also where it threw', async () => {
    tools.broker.answer = () => {
      throw new Error('a bug');
    };
    const outcomes = await Promise.allSettled(send('fine', 150));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    tools.broker.answer = () => ({ kind: 'returned', reason: 'NO_ROUTE' });
    expect(await kindsOf(send('gone', 1))).toEqual({ returned: 1 });
  });
});
