import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { type TimelyOutcome, TimelyPublisher } from '../../../src/handling/publish-in-time.ts';
import { CONFIRMED } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

const NEVER = new Promise<PublishOutcome>(() => undefined);
const LATE = { kind: 'late', reason: 'the broker did not confirm it within 10 s' };
let tools: FakeTools;
let publisher: TimelyPublisher;
let outcomes: TimelyOutcome[];

beforeEach(() => {
  tools = fakeTools();
  tools.broker.become('connected');
  publisher = new TimelyPublisher(tools.broker, tools.clock);
  outcomes = [];
});

function publish(queue: string, giveUp: () => boolean = () => true): void {
  const outgoing: Outgoing = { ...message('x'), exchange: '', routingKey: queue, mandatory: true };
  const delivery = tools.broker.delivery('taskqueue', message());
  void publisher.publish(delivery, outgoing, giveUp).then((outcome) => outcomes.push(outcome));
}

describe('publishing in time', () => {
  it('ends as the broker says, and leaves no timer behind', async () => {
    tools.broker.answer = () => CONFIRMED;
    for (let n = 0; n < 3; n++) publish('q');
    expect(tools.clock.pending).toBe(1);
    await tools.clock.advance(0);
    expect(outcomes).toEqual([CONFIRMED, CONFIRMED, CONFIRMED]);
    expect(tools.clock.pending).toBe(0);
  });

  it('is late after ten seconds, whenever it began', async () => {
    tools.broker.answer = () => NEVER;
    publish('q');
    await tools.clock.advance(300);
    publish('q');
    await tools.clock.advance(9_699);
    expect(outcomes).toEqual([]);
    await tools.clock.advance(1);
    expect(outcomes).toEqual([LATE]);
    await tools.clock.advance(500);
    expect(outcomes).toEqual([LATE, LATE]);
    expect(tools.clock.pending).toBe(0);
  });

  it('is given up one by one: each is asked when those before it have been', async () => {
    tools.broker.answer = () => NEVER;
    let isTaken = false;
    const onlyOne = (): boolean => {
      if (isTaken) return false;
      isTaken = true;
      return true;
    };
    for (let n = 0; n < 5; n++) publish('q', onlyOne);
    await tools.clock.advance(20_000);
    expect(outcomes).toEqual([LATE]);
    isTaken = false;
    await tools.clock.advance(500);
    expect(outcomes).toEqual([LATE, LATE]);
  });

  it('counts the time only while the broker takes messages', async () => {
    tools.broker.answer = () => NEVER;
    publish('q');
    await tools.clock.advance(5_000);
    tools.broker.become('blocked');
    await tools.clock.advance(60_000);
    tools.broker.become('connected');
    await tools.clock.advance(4_500);
    expect(outcomes).toEqual([]);
    await tools.clock.advance(500);
    expect(outcomes).toEqual([LATE]);
  });
});
