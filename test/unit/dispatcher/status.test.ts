import { expect, it } from 'vitest';
import { dispatcherStatus, passing } from '../../../src/dispatcher/status.ts';
import { message } from '../../support/fake-tools.ts';

const ABOUT = { pid: 1, release: '1', startedAt: 2, broker: 'b:5672', problem: null, pauses: [] };
const FIGURES = { forwarded: 3, inFlight: 1, awaited: new Set(['worker_x']), problem: null };
const QUEUES = [{ queue: 'worker_y', forwarded: 3 }];

it('a dispatcher says what it has done, and which queues it waits for', () => {
  expect(dispatcherStatus(ABOUT, FIGURES, QUEUES)).toEqual({
    ...ABOUT,
    kind: 'dispatcher',
    forwarded: 3,
    inFlight: 1,
    awaited: ['worker_x'],
    queues: QUEUES,
  });
});

it('a dispatcher says why it gets nothing: there is no broker, or the broker does not let it', () => {
  const refused = { ...FIGURES, problem: 'ACCESS_REFUSED' };
  expect(dispatcherStatus(ABOUT, refused, []).problem).toBe('ACCESS_REFUSED');
  expect(dispatcherStatus({ ...ABOUT, problem: 'no broker' }, refused, []).problem).toBe('no broker');
});

it('a dispatcher names no more queues than an answer may hold', () => {
  const awaited = Array.from({ length: 5_000 }, (_, n) => `worker_${n}`);
  expect(dispatcherStatus(ABOUT, { ...FIGURES, awaited }, []).awaited).toHaveLength(1_000);
});

it('what a dispatcher has in hand is known by its id', () => {
  const messages = ['a', 'b'].map((messageId) => message('', { properties: { messageId } }));
  expect(passing('b', [...messages, message('')], 9)).toEqual([
    { id: 'b', run: '', type: '', at: 9, state: 'passing' },
  ]);
  expect(passing('', [message('')], 9)).toEqual([]);
});
