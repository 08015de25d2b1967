// What the pool answers to a caller that speaks JSON-RPC, where no worker could.
import { describe, expect, it } from 'vitest';
import { DEAD } from '../../../src/broker/topology.ts';
import type { WorkerOptions } from '../../../src/config/config.ts';
import type { Job } from '../../../src/pool/job.ts';
import { settle } from '../../../src/pool/settle.ts';
import { type Outcome, type Settlement, settlementOf } from '../../../src/pool/settlement.ts';
import { outcomeOf } from '../../../src/pool/worker-outcome.ts';
import { RPC_CODE } from '../../../src/workitem/json-rpc/codes.ts';
import { FakeBroker } from '../../support/fake-broker.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { jobOf, workitem } from './fixtures.ts';

const CALL = { jsonrpc: '2.0', method: 'w.f' };
const RPC = { properties: { contentType: 'application/json-rpc', replyTo: 'mine' } };
const rpcJob = (body: unknown, options: Partial<WorkerOptions> = {}): Job =>
  jobOf(new FakeBroker().delivery('worker_w', workitem(JSON.stringify(body), RPC)), options);
const settled = (body: unknown, outcome: Outcome, options = {}): Settlement =>
  settlementOf(rpcJob(body, options), outcome);
const answer = (settlement: Settlement): unknown =>
  settlement.kind === 'report' && settlement.result ? JSON.parse(settlement.result.body.toString()) : null;

const UNTOLD = { knowsOfStop: false, hasLostReport: false, cancellation: undefined };
const STOPPING = { ...UNTOLD, knowsOfStop: true };
const FAILURE = { error: 'it broke', trace: 'at f' };
const CRASHED: Outcome = { kind: 'crashed', how: 'was ended by SIGKILL', lastLines: 'last words', wasAlone: true };
const CANCELLATION = { id: 'm', by: 'me', reason: 'why not', at: 1 };

describe('a request that no worker has answered', () => {
  it.each<[string, Outcome, object, string, number]>([
    ['has crashed', CRASHED, { maxCrashes: 1 }, 'failed', RPC_CODE.crashed],
    ['took too long', { kind: 'overtime', limitMs: 1_000, lastLines: '' }, {}, 'failed', RPC_CODE.timeout],
    ['has expired', { kind: 'expired' }, {}, 'expired', RPC_CODE.expired],
    ['was cancelled', { kind: 'cancelled', cancellation: CANCELLATION }, {}, 'cancelled', RPC_CODE.cancelled],
    [
      'got too large an answer',
      { kind: 'finished', result: { contentType: 'application/json-rpc', body: Buffer.alloc(1_001) } },
      {},
      'failed',
      RPC_CODE.tooLarge,
    ],
  ])('is answered with an error: it %s', (_what, outcome, options, status, code) => {
    const settlement = settled({ ...CALL, id: 'x' }, outcome, options);
    expect(settlement).toMatchObject({ status, result: { contentType: 'application/json-rpc' } });
    expect(answer(settlement)).toMatchObject({ jsonrpc: '2.0', error: { code }, id: 'x' });
    expect(settled(CALL, outcome, options)).toMatchObject({ status, result: null });
  });

  it('tells the last lines of a process that died', () => {
    const settlement = settled({ ...CALL, id: 1 }, CRASHED, { maxCrashes: 1 });
    expect(answer(settlement)).toMatchObject({ error: { data: { trace: 'last words' } } });
  });
});

describe('a request that is parked', () => {
  const parked = async (body: unknown) => {
    const tools = fakeTools();
    await settle(tools, rpcJob(body), settlementOf(rpcJob(body), { kind: 'rejected', error: 'no' }));
    return tools.broker;
  };

  it('is answered with an error', async () => {
    const broker = await parked({ ...CALL, id: 7 });
    const [told] = broker.publishedTo('mine');
    expect(told?.properties.contentType).toBe('application/json-rpc');
    const error = { code: RPC_CODE.rejected, message: 'no' };
    expect(JSON.parse(String(told?.body))).toEqual({ jsonrpc: '2.0', error, id: 7 });
    expect(broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reported': true });
  });

  it('is not answered where it is a notification', async () => {
    const broker = await parked(CALL);
    expect(broker.publishedTo('mine')).toEqual([]);
    expect(broker.publishedTo(DEAD)[0]?.headers).not.toHaveProperty('tq-reported');
  });
});

describe('a batch of which some calls threw', () => {
  const result = { contentType: 'application/json-rpc', body: Buffer.from('[]') };
  const partly: Outcome = { kind: 'partly', failure: FAILURE, result };

  it('is answered and never run again; where there was to be more than one attempt, it is parked', () => {
    expect(settled([CALL], partly)).toMatchObject({ kind: 'report', status: 'failed', result, park: null });
    expect(settled([CALL], partly, { maxAttempts: 3 })).toMatchObject({
      kind: 'report',
      status: 'failed',
      result,
      park: { reason: 'failed', ...FAILURE },
    });
  });

  it('comes from the worker as that', () => {
    const said = { kind: 'partly', failure: FAILURE, contentType: result.contentType } as const;
    expect(outcomeOf(said, result.body, UNTOLD)).toEqual(partly);
    expect(outcomeOf(said, result.body, STOPPING)).toEqual(partly);
  });
});

describe('the answer to notifications', () => {
  const said = { kind: 'threw', failure: FAILURE, contentType: 'application/json-rpc' } as const;

  it('is nothing at all', () => {
    expect(outcomeOf(said, Buffer.alloc(0), UNTOLD)).toEqual({ kind: 'threw', failure: FAILURE, result: null });
  });

  it('does not keep a failed one from being handed back when the pool stops', () => {
    expect(outcomeOf(said, Buffer.alloc(0), STOPPING)).toEqual({ kind: 'handedBack' });
  });
});
