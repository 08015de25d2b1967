import { describe, expect, it } from 'vitest';
import First from '../../../plugins/first/worker.js';
import Second from '../../../plugins/second/worker.js';
import { BasicWorkitem } from '../../../src/worker/sdk.ts';
import { isAccepted } from '../../../src/workitem/accept.ts';
import { envelopeOf, initOf, jsonWorkitem } from './handler.ts';

const TYPES = {
  whenAbsent: 'application/json',
  map: { 'application/json': 'application/x-ruote-workitem', 'text/plain': 'application/x-basic-workitem' },
};

describe('first', () => {
  it('hands its workitem back', () => {
    const workitem = jsonWorkitem('first', { fields: { a: 1 } });
    expect(new First(initOf()).handleTask(workitem)).toBe(workitem);
    expect(workitem.body).toEqual({ fields: { a: 1 } });
  });

  it.each(['application/json', 'text/plain', 'image/png'])('accepts %s', (contentType) => {
    expect(isAccepted(First.accept, contentType, TYPES)).toBe(true);
  });
});

describe('second', () => {
  it('hands its workitem back', () => {
    const workitem = new BasicWorkitem(envelopeOf('second', 'text/plain'), Buffer.from('hello'), 'hello');
    expect(new Second(initOf()).handleTask(workitem)).toBe(workitem);
    expect(workitem.body).toBe('hello');
  });

  it.each([
    ['application/x-basic-workitem', true],
    ['text/plain; charset=utf-8', true],
    ['application/json', false],
    ['application/x-ruote-workitem', false],
    ['text/csv', false],
  ])('accepts basic workitems only: %s → %s', (contentType, expected) => {
    expect(isAccepted(Second.accept, contentType, TYPES)).toBe(expected);
  });
});
