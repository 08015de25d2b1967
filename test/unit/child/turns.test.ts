// Jobs that a process has been given in advance: exactly one of the two ends has each.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Turns, turnsOf } from '../../../src/child/turns.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let turns: Turns;
let isItsTurn: (job: number) => boolean;

beforeEach(() => {
  turns = Turns.open() as Turns;
  isItsTurn = turnsOf(turns.fd);
});

afterEach(() => turns.close());

function give(...jobs: readonly number[]): boolean {
  for (const job of jobs) turns.add(job);
  return turns.give();
}

describe('a job that is given in advance', () => {
  test('has its turn, in order', () => {
    expect(give(1, 2)).toBe(true);
    expect(give(2 ** 40)).toBe(true);
    expect([1, 2, 2 ** 40].map(isItsTurn)).toEqual([true, true, true]);
    expect(turns.takeBack()).toEqual([]);
  });

  test('has no turn any more once it is taken back, and what comes later has', () => {
    give(1, 2, 3);
    expect(isItsTurn(1)).toBe(true);
    expect(turns.takeBack()).toEqual([2, 3]);
    expect(isItsTurn(2)).toBe(false);
    give(4, 5);
    expect([3, 4, 5].map(isItsTurn)).toEqual([false, true, true]);
  });

  test('leaves nothing behind: the file has no name, and what has been read is thrown away', () => {
    for (let job = 0; job < 1_000; job++) turns.add(job);
    turns.give();
    expect(fstatSync(turns.fd).size).toBe(8_000);
    expect(readlinkSync(`/proc/self/fd/${turns.fd}`)).toMatch(/ \(deleted\)$/);
    turns.takeBack();
    expect(fstatSync(turns.fd).blocks).toBe(0);
    give(1_000);
    expect(isItsTurn(1_000)).toBe(true);
  });

  test('is taken back once, however much more a process makes of what there is to be read', () => {
    const writeFd = openSync(join(temporaryDirectory(), 'turns'), 'w');
    const endless = new Turns({ readFd: openSync('/dev/zero', 'r'), writeFd });
    endless.add(1);
    endless.add(2);
    endless.give();
    expect(endless.takeBack()).toHaveLength(2);
    expect(endless.takeBack()).toEqual([]);
    endless.close();
  });

  test('has no turn before it is given, nor where there is no room for it', () => {
    give(1);
    turns.add(2);
    expect([1, 2].map(isItsTurn)).toEqual([true, false]);
    expect(turns.takeBack()).toEqual([2]);
    const full = new Turns({ readFd: turns.fd, writeFd: openSync('/dev/full', 'w') });
    full.add(3);
    full.add(4);
    expect(full.give()).toBe(false);
    expect(isItsTurn(3)).toBe(false);
  });

  test('is not there once it is over', () => {
    give(1);
    turns.close();
    turns.close();
    expect(turns.takeBack()).toEqual([]);
  });
});

const EAGER = `
  const { readSync } = require('node:fs');
  const record = Buffer.alloc(8);
  const begun = [];
  process.on('message', () => process.send(begun, () => process.exit()));
  process.send('ready');
  (function take() {
    for (let n = 0; n < 50; n++) if (readSync(4, record, 0, 8, null) === 8) begun.push(record.readDoubleBE());
    setImmediate(take);
  })();
`;

test('a job goes to one of both, whatever they do at the same time', async () => {
  const child: ChildProcess = spawn(process.execPath, ['-e', EAGER], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', turns.fd],
  });
  await once(child, 'message');
  const back: number[] = [];
  let given = 0;
  while (given < 30_000) {
    for (let n = 0; n < 30; n++) turns.add(++given);
    turns.give();
    if (given % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    back.push(...turns.takeBack());
  }
  child.send('enough');
  const [begun] = (await once(child, 'message')) as [number[]];
  expect(begun.length).toBeGreaterThan(0);
  const all = [...begun, ...back].sort((one, other) => one - other);
  expect(all).toEqual(Array.from({ length: given }, (_, n) => n + 1));
});
