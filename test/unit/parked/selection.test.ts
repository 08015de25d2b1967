import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/parked/facts.ts';
import { isEverything, isSelected, type Selection } from '../../../src/parked/selection.ts';
import { message } from '../../support/fake-tools.ts';
import { AT, parked } from './parked.ts';

const ANY: Selection = { ids: [], types: [], reasons: [], fingerprints: [], before: null, since: null };
const RUN = '0190b6c0-1111-7abc-8def-0123456789ab';
const facts = factsOf(parked({ id: 'my id', run: RUN, type: 'resize', reason: 'failed' }));

describe('isSelected', () => {
  it.each<[string, Partial<Selection>, boolean]>([
    ['nothing is said', {}, true],
    ['its id is named', { ids: ['other', 'my id'] }, true],
    ['its run is named', { ids: [RUN] }, true],
    ['the last eight characters of its run are named', { ids: ['456789ab'] }, true],
    ['fewer than eight are', { ids: ['56789ab'] }, false],
    ['the beginning of its run is', { ids: ['0190b6c0'] }, false],
    ['the end of its id is', { ids: [' id'] }, false],
    ['its type is among those wanted', { types: ['crop', 'resize'] }, true],
    ['its type is none of them', { types: ['crop'] }, false],
    ['its reason is wanted', { reasons: ['failed'] }, true],
    ['another reason is', { reasons: ['crashed'] }, false],
    ['its error is wanted', { fingerprints: [facts.fingerprint] }, true],
    ['another error is', { fingerprints: ['000000000000'] }, false],
    ['it was parked before', { before: AT + 1 }, true],
    ['it was parked at that very moment, not before', { before: AT }, false],
    ['it was parked since', { since: AT }, true],
    ['it was parked earlier', { since: AT + 1 }, false],
    ['one of two conditions does not hold', { types: ['resize'], reasons: ['crashed'] }, false],
  ])('where %s', (_, selection, expected) => {
    expect(isSelected(facts, { ...ANY, ...selection })).toBe(expected);
  });

  it('means none that does not say when it was parked, where an age is asked for', () => {
    const ageless = factsOf(message('x'));
    expect([isSelected(ageless, ANY), isSelected(ageless, { ...ANY, before: AT })]).toEqual([true, false]);
    expect(isSelected(ageless, { ...ANY, since: 0 })).toBe(false);
  });
});

describe('isEverything', () => {
  it('is true only where nothing is said', () => {
    expect(isEverything(ANY)).toBe(true);
    expect(isEverything({ ...ANY, reasons: ['failed'] })).toBe(false);
    expect(isEverything({ ...ANY, since: 0 })).toBe(false);
  });
});
