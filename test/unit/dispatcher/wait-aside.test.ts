import { expect, it } from 'vitest';
import { noQueue } from '../../../src/dispatcher/wait-aside.ts';

it('what is set aside names the queue that it waits for, or says that it names none', () => {
  expect(noQueue('worker_w')).toBe('there is no queue worker_w: no pool runs workers of this type');
  expect(noQueue('')).toBe('nothing in it says which queue it is for');
});
