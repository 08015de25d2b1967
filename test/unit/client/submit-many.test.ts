// Many at once: in order, within a window, and no more of the source than is asked for.
import { describe, expect, it } from 'vitest';
import { submitEach } from '../../../src/client/submit-many.ts';
import { type Deferred, deferred } from '../../../src/core/deferred.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { openAgency } from './agency.ts';

/** Submissions that end when the test says so. */
function desk() {
  const open: (Deferred<string> & { readonly body: number })[] = [];
  const submit = (body: number): Promise<string> => {
    const one = deferred<string>();
    open.push({ ...one, body });
    return one.promise;
  };
  return { open, submit, confirm: (index: number) => open[index]?.resolve(`handle ${open[index]?.body}`) };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('handles', () => {
  it('come in the order of the bodies, in whatever order the broker confirms', async () => {
    const { open, submit, confirm } = desk();
    const handles = all(submitEach([1, 2, 3], submit));
    await turns();
    for (const index of [2, 0, 1]) confirm(index);
    expect(await handles).toEqual(['handle 1', 'handle 2', 'handle 3']);
    expect(open).toHaveLength(3);
  });

  it('of nothing are none', async () => {
    expect(await all(submitEach([], desk().submit))).toEqual([]);
  });

  it('of a slow source come before its next body does', async () => {
    const { submit, confirm } = desk();
    const next = deferred<void>();
    async function* slow() {
      yield 1;
      await next.promise;
      yield 2;
    }
    const handles = submitEach(slow(), submit);
    const first = handles.next();
    await turns();
    confirm(0);
    expect(await first).toEqual({ done: false, value: 'handle 1' });
    next.resolve();
    const second = handles.next();
    await turns();
    confirm(1);
    expect(await second).toEqual({ done: false, value: 'handle 2' });
    expect((await handles.next()).done).toBe(true);
  });
});

describe('the window', () => {
  it('bounds what is on its way, and what is taken from the source', async () => {
    const { open, submit, confirm } = desk();
    let taken = 0;
    function* endless() {
      for (;;) yield taken++;
    }
    const handles = submitEach(endless(), submit, 3);
    const first = handles.next();
    await turns();
    expect([open.length, taken]).toEqual([3, 3]);
    confirm(0);
    await first;
    await turns();
    expect(taken).toBe(3); // nobody has asked for more
    const second = handles.next();
    await turns();
    expect(taken).toBe(4);
    for (const index of [1, 2, 3]) confirm(index);
    await second;
    await handles.return();
  });

  it.each([0, 1.5, 10_001, Number.NaN])('is no %s', async (window) => {
    await expect(submitEach([1], desk().submit, window).next()).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('an end before the end', () => {
  it('closes the source, and waits for what is on its way', async () => {
    const { open, submit, confirm } = desk();
    let isClosed = false;
    function* source() {
      try {
        for (let n = 1; ; n++) yield n;
      } finally {
        isClosed = true;
      }
    }
    const leaving = (async () => {
      for await (const handle of submitEach(source(), submit, 3)) return handle;
      return undefined;
    })();
    await turns();
    confirm(0);
    await turns();
    for (let index = 0; index < open.length; index++) confirm(index);
    expect(await leaving).toBe('handle 1');
    expect(isClosed).toBe(true);
  });

  it('comes with the first that is not submitted, once the fate of those behind it is known', async () => {
    const { open, submit, confirm } = desk();
    const handles = submitEach([1, 2, 3, 4], submit);
    const first = handles.next();
    await turns();
    confirm(0);
    await first;
    const second = handles.next();
    const error = new TaskqueueError('TIMEOUT', 'too late');
    open[1]?.reject(error);
    confirm(2);
    open[3]?.reject(error);
    await expect(second).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'number 2 was not submitted, 1 behind it were: too late',
      cause: error,
    });
  });

  it('comes with an error of the source', async () => {
    const { submit, confirm } = desk();
    function* source() {
      yield 1;
      throw new Error('no more');
    }
    const handles = submitEach(source(), submit);
    const first = handles.next();
    first.catch(() => undefined);
    await turns();
    confirm(0);
    await expect(all({ [Symbol.asyncIterator]: () => handles }).then(() => first)).rejects.toThrow('no more');
  });
});

describe('a client', () => {
  it('submits many with the same options, and each gets its own result', async () => {
    const { client, of, sent, reply } = await openAgency();
    const bodies = Array.from({ length: 250 }, (_, n) => ({ n }));
    const handles = await of(all(client.submitMany<number>('w', bodies, { window: 50, correlationId: 'all' })), 5_000);
    expect(handles.map(({ id }) => id)).toEqual(sent.map(({ properties }) => properties.messageId));
    expect(sent.every(({ properties }) => properties.correlationId === 'all')).toBe(true);
    for (const message of sent) await reply(message, JSON.parse(String(message.body)).n);
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(bodies.map(({ n }) => n));
    expect(client.stats.pending).toBe(0);
  });
});
