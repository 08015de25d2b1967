import { expect, test } from 'vitest';
import { LateAbort } from '../../../src/worker/late-abort.ts';

test('whoever looks before the abort hears of it', () => {
  const abort = new LateAbort();
  const heard: unknown[] = [];
  abort.signal.addEventListener('abort', () => heard.push(abort.signal.reason));
  expect(abort.signal.aborted).toBe(false);
  abort.abort('the time is up');
  expect(heard).toEqual(['the time is up']);
});

test('whoever looks after the abort finds it, and the first reason', () => {
  const abort = new LateAbort();
  abort.abort('the time is up');
  abort.abort('the pool is stopping');
  expect(abort.signal.aborted).toBe(true);
  expect(abort.signal.reason).toBe('the time is up');
});

test('an abort without a reason of its own is one all the same', () => {
  const abort = new LateAbort();
  abort.abort(undefined);
  expect(abort.signal.aborted).toBe(true);
});

test('all who look get the same signal', () => {
  const abort = new LateAbort();
  expect(abort.signal).toBe(abort.signal);
});
