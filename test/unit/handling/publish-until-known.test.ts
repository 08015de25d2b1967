import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing } from '../../../src/broker/broker.ts';
import { publishPatiently, publishUntilKnown, REFUSED_FOR_MS } from '../../../src/handling/publish-until-known.ts';
import { CONFIRMED, ending, type FakeDelivery, inTurn } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

let tools: FakeTools;
let delivery: FakeDelivery;
const outgoing: Outgoing = { ...message('x'), exchange: '', routingKey: 'q', mandatory: true };

beforeEach(() => {
  tools = fakeTools();
  delivery = tools.broker.delivery('taskqueue', message());
});

/** Lets time pass until the promise is settled. */
async function passing<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  while (!isDone) await tools.clock.advance(1_000);
  return done;
}

describe('publishing until it is known how it ended', () => {
  const publish = () => publishUntilKnown(tools.broker, tools.clock, delivery, outgoing);

  it.each(['returned', 'refused', 'unwritable'] as const)('ends with %s, which is known', async (kind) => {
    tools.broker.answer = () => ending(kind);
    expect(await publish()).toEqual(ending(kind));
    expect(tools.broker.published).toHaveLength(1);
  });

  it('repeats an unknown end for as long as the delivery is ours', async () => {
    tools.broker.answer = inTurn(ending('unknown'), ending('unknown'), ending('unknown'), CONFIRMED);
    expect(await passing(publish())).toEqual(CONFIRMED);
    expect(tools.broker.published).toHaveLength(4);
  });

  it('pauses between the repetitions, up to five seconds', async () => {
    const times: number[] = [];
    tools.broker.answer = () => {
      times.push(tools.clock.now());
      return times.length < 20 ? ending('unknown') : CONFIRMED;
    };
    await passing(publish());
    const pauses = times.slice(1).map((at, n) => at - (times[n] as number));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
    expect(Math.min(...pauses.slice(-5))).toBeGreaterThanOrEqual(2_500);
  });

  it('ends when the delivery is gone: the broker delivers it again', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return ending('unknown');
    };
    expect(await passing(publish())).toEqual({ kind: 'gone' });
    expect(tools.broker.published).toHaveLength(1);
  });

  it('does not even begin for a delivery that is gone', async () => {
    delivery.lose();
    expect(await publish()).toEqual({ kind: 'gone' });
    expect(tools.broker.published).toHaveLength(0);
  });

  it('believes a confirm that came although the delivery went meanwhile', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return CONFIRMED;
    };
    expect(await publish()).toEqual(CONFIRMED);
  });
});

describe('publishing patiently', () => {
  const publish = () => publishPatiently(tools.broker, tools.clock, delivery, outgoing);

  it('repeats a refusal that ends', async () => {
    tools.broker.answer = inTurn(ending('refused'), ending('unknown'), ending('refused'), CONFIRMED);
    expect(await passing(publish())).toEqual(CONFIRMED);
  });

  it('takes a refusal for what it is after ten seconds', async () => {
    tools.broker.answer = () => ending('refused', 'it is full');
    const before = tools.clock.now();
    let tookMs = 0;
    const done = publish().then((outcome) => {
      tookMs = tools.clock.now() - before;
      return outcome;
    });
    expect(await passing(done)).toEqual(ending('refused', 'it is full'));
    expect(tookMs).toBeGreaterThanOrEqual(REFUSED_FOR_MS);
    expect(tookMs).toBeLessThanOrEqual(REFUSED_FOR_MS + 5_000);
  });

  it.each(['returned', 'unwritable'] as const)('repeats nothing that is %s', async (kind) => {
    tools.broker.answer = () => ending(kind);
    expect((await publish()).kind).toBe(kind);
    expect(tools.broker.published).toHaveLength(1);
  });

  it('ends when the delivery is gone', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return ending('refused');
    };
    expect(await passing(publish())).toEqual({ kind: 'gone' });
  });
});
