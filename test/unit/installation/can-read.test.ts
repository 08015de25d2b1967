import { describe, expect, it } from 'vitest';
import { canRead } from '../../../src/installation/can-read.ts';

/** A file of root and the group 50, in a directory that everybody may search, but for what `made` says. */
function files(made: Record<string, { uid?: number; gid?: number; mode?: number }>) {
  return (path: string) => ({ uid: 0, gid: 50, mode: path === '/etc/c.ini' ? 0o640 : 0o755, ...made[path] });
}

const reads = (uid: number, gids: number[], made = {}): boolean => canRead({ uid, gids }, '/etc/c.ini', files(made));

describe('canRead', () => {
  it.each([
    ['root', 0, [0], {}, true],
    ['a member of the group', 1000, [1000, 50], {}, true],
    ['somebody else', 1000, [1000], {}, false],
    ['anybody, where others may read', 1000, [1000], { '/etc/c.ini': { mode: 0o644 } }, true],
    ['its owner', 1000, [1000], { '/etc/c.ini': { uid: 1000 } }, true],
    ['an owner who has locked himself out', 1000, [50], { '/etc/c.ini': { uid: 1000, mode: 0o044 } }, false],
    ['a member, where only others may read', 1000, [50], { '/etc/c.ini': { mode: 0o604 } }, false],
    ['somebody who may not search the directory', 1000, [50], { '/etc': { mode: 0o700 } }, false],
  ])('%s', (_, uid, gids, made, expected) => {
    expect(reads(uid, gids, made)).toBe(expected);
  });

  it('is false for what does not exist', () => {
    expect(canRead({ uid: 1000, gids: [] }, '/nowhere/at/all')).toBe(false);
  });
});
