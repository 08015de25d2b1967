import { beforeEach, describe, expect, it } from 'vitest';
import { Adoption } from '../../../src/pool/adoption.ts';
import type { Outcome } from '../../../src/pool/settlement.ts';
import { FakeBroker, type FakeDelivery } from '../../support/fake-broker.ts';
import { jobOf, type More, NOW, workitem } from './fixtures.ts';

const broker = new FakeBroker();
const DONE: Outcome = { kind: 'finished', result: null };
const MINUTE_MS = 60_000;
let adoption: Adoption;

beforeEach(() => {
  adoption = new Adoption();
});

const delivery = (body: string | Buffer = 'x', more: More = {}, queue = 'worker_w'): FakeDelivery =>
  broker.delivery(queue, workitem(body, more), true);

/** A job that runs, whose delivery has gone. */
function running(of = delivery()): ReturnType<typeof jobOf> {
  const job = jobOf(of);
  adoption.begins(job);
  of.lose();
  return job;
}

describe('a redelivery is adopted', () => {
  it('by the job that still runs', () => {
    const job = running();
    expect(adoption.find(delivery(), NOW)).toEqual({ job, outcome: undefined });
  });

  it('by the outcome that is known meanwhile, once', () => {
    const job = running();
    adoption.ends(job);
    adoption.keep(job, DONE, NOW);
    expect(adoption.find(delivery(), NOW)).toEqual({ job, outcome: DONE });
    expect(adoption.find(delivery(), NOW)).toBeUndefined();
  });

  it('although another pool has counted it meanwhile', () => {
    const job = running();
    expect(adoption.find(delivery('x', { headers: { 'tq-redeliveries': 1 } }), NOW)).toMatchObject({ job });
  });

  it('where the message was sent directly, without id and life', () => {
    const bare = (): FakeDelivery =>
      broker.delivery('worker_w', { properties: {}, headers: {}, body: Buffer.from('x') });
    const job = running(bare());
    expect(adoption.find(bare(), NOW)).toMatchObject({ job });
  });
});

describe('a redelivery is not adopted', () => {
  it.each<[string, FakeDelivery]>([
    ['another id', delivery('x', { properties: { messageId: 'other' } })],
    ['another life', delivery('x', { headers: { 'tq-run': 'other' } })],
    ['another body', delivery('y')],
    ['a longer body', delivery('xx')],
    ['another queue', delivery('x', {}, 'worker_other')],
    ['another attempt', delivery('x', { headers: { 'tq-attempt': 2 } })],
    ['another try after a crash', delivery('x', { headers: { 'tq-crashes': 1 } })],
  ])('with %s', (_, other) => {
    const job = running();
    expect(adoption.find(other, NOW)).toBeUndefined();
    adoption.ends(job);
    adoption.keep(job, DONE, NOW);
    expect(adoption.find(other, NOW)).toBeUndefined();
  });

  it('by a job that still has its delivery: senders may repeat ids', () => {
    adoption.begins(jobOf(delivery()));
    expect(adoption.find(delivery(), NOW)).toBeUndefined();
  });

  it('by a job that has ended', () => {
    adoption.ends(running());
    expect(adoption.find(delivery(), NOW)).toBeUndefined();
  });

  it('ten minutes later', () => {
    adoption.keep(jobOf(delivery()), DONE, NOW);
    expect(adoption.find(delivery('other'), NOW + 10 * MINUTE_MS - 1)).toBeUndefined();
    expect(adoption.kept).toBe(1);
    expect(adoption.find(delivery(), NOW + 10 * MINUTE_MS)).toBeUndefined();
    expect(adoption.kept).toBe(0);
  });
});

describe('two equal messages', () => {
  it('have one outcome each', () => {
    const [one, two] = [running(), running()];
    for (const job of [one, two]) {
      adoption.ends(job);
      adoption.keep(job, DONE, NOW);
    }
    expect([adoption.find(delivery(), NOW)?.job, adoption.find(delivery(), NOW)?.job]).toEqual([one, two]);
    expect(adoption.find(delivery(), NOW)).toBeUndefined();
  });
});

describe('what is kept', () => {
  it('is bounded in number: the newest stay', () => {
    for (let n = 0; n < 1_500; n++) adoption.keep(jobOf(delivery(`${n}`)), DONE, NOW);
    expect(adoption.kept).toBe(1_000);
    expect(adoption.find(delivery('499'), NOW)).toBeUndefined();
    expect(adoption.find(delivery('500'), NOW)).toBeDefined();
  });

  it('is bounded in bytes, results included', () => {
    const result = { contentType: 'x/y', body: Buffer.alloc(40 * 1024 * 1024) };
    for (const name of ['1', '2', '3', '4']) adoption.keep(jobOf(delivery(name)), { kind: 'finished', result }, NOW);
    expect(adoption.kept).toBe(3);
    expect(adoption.find(delivery('1'), NOW)).toBeUndefined();
    expect(adoption.find(delivery('4'), NOW)).toBeDefined();
  });
});
