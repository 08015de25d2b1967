import { describe, expect, it } from 'vitest';
import { runOfJob } from '../../../src/pool/job.ts';
import { FakeBroker } from '../../support/fake-broker.ts';
import { message } from '../../support/fake-tools.ts';
import { job, jobOf, NOW, workitem } from './fixtures.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;
const direct = (headers: Record<string, unknown> = {}, properties = {}): ReturnType<typeof jobOf> =>
  jobOf(new FakeBroker().delivery('worker_w', message('x', { headers, properties })));

describe('a workitem from the dispatcher', () => {
  it('keeps its id, its life and its headers', () => {
    const one = job({ headers: { mine: 1 } });
    expect(one.message.headers).toEqual(workitem('', { headers: { mine: 1 } }).headers);
    expect([one.envelope.id, runOfJob(one), one.envelope.workerType]).toEqual(['m', 'run', 'w']);
  });

  it('whose type was found in its body does not get a tq-type: its text still begins with it', () => {
    const { headers } = direct({ 'tq-routed': 'w' }).message;
    expect(headers).not.toHaveProperty('tq-type');
  });
});

describe('a workitem that was sent to the worker queue directly', () => {
  it('gets an id, a life and its type', () => {
    const one = direct();
    expect(one.message.properties.messageId).toMatch(UUID);
    expect(one.envelope.id).toBe(one.message.properties.messageId);
    expect(runOfJob(one)).toMatch(UUID);
    expect(one.message.headers).toMatchObject({ 'tq-type': 'w', 'tq-accepted': NOW });
  });

  it('has the type of its queue, whatever it says itself', () => {
    expect(direct({ 'tq-type': 'other' }).envelope.workerType).toBe('w');
  });

  it.each([5, '', null, {}, true])('gets a life where it brings none that could be named: %j', (odd) => {
    expect(runOfJob(direct({ 'tq-run': odd }))).toMatch(UUID);
  });

  it('expires by us from here on, not by the broker', () => {
    const { headers, properties } = direct({}, { expiration: '5000' }).message;
    expect(headers['tq-expires']).toBe(NOW + 5_000);
    expect(properties).not.toHaveProperty('expiration');
  });
});

describe('content type', () => {
  it('is the default where the sender names none', () => {
    expect(job().envelope.contentType).toBe('application/json');
    expect(job({ properties: { contentType: 'text/plain; charset=utf-8' } }).envelope.contentType).toBe(
      'text/plain; charset=utf-8',
    );
  });
});

describe('the wishes of a sender', () => {
  it.each([
    [null, undefined, null],
    [60_000, undefined, 60_000],
    [null, 5_000, 5_000],
    [60_000, 5_000, 5_000],
    [60_000, 70_000, 60_000],
    [null, '5000', 5_000],
  ])('timeout: configured %s and wished %s are %s', (configured, wished, timeoutMs) => {
    const headers = wished === undefined ? {} : { 'tq-timeout': wished };
    expect(job({ headers }, { taskTimeoutMs: configured }).timeoutMs).toBe(timeoutMs);
  });

  it('attempts: the lower one counts, and there is always one', () => {
    expect(job({ headers: { 'tq-max-attempts': 9 } }, { maxAttempts: 4 }).attemptsAllowed).toBe(4);
    expect(job({ headers: { 'tq-max-attempts': 0 } }).attemptsAllowed).toBe(1);
  });
});
