import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gistInTurns, gistNow, isLarge } from '../../../src/workitem/json-gist.ts';
import { typeOfCalls } from '../../../src/workitem/json-rpc/address.ts';
import { callsWanted, readCalls } from '../../../src/workitem/json-rpc/read.ts';
import { ruoteFormat, ruoteWanted } from '../../../src/workitem/ruote.ts';

const gist = async (json: string, wanted = ruoteWanted): Promise<string> =>
  (await gistInTurns(Buffer.from(json), wanted)).toString();
/** Much, in few bytes: parsed, it takes a hundred times its size. */
const BOMB = '[],'.repeat(700_000);

describe('the gist of a body', () => {
  it('has what is wanted of it, as it is written, and nothing else', async () => {
    const fields = '{"other":[1,2],"params":{"x":{"worker_type":"no"},"worker_type":"\\u0061b"}}';
    expect(await gist(`\ufeff {"rows":[{"worker_type":"no"}], "fields" : ${fields}, "fei":{}} `)).toBe(
      '{"fields":{"params":{"worker_type":"\\u0061b"}}}',
    );
    expect(await gist('{"id":12345678901234567890.10,"params":{"a":[1]},"x":1}', callsWanted)).toBe(
      '{"id":12345678901234567890.10,"params":{}}',
    );
  });

  it('has the last of several members with one name, however the name is written', async () => {
    expect(
      await gist('{"worker_type":"a","fields":{"params":{"worker_type":"b"}},"fields":1,"worker\\u005ftype":2}'),
    ).toBe('{"worker_type":2,"fields":1}');
    expect(await gist('{"__proto__":{"worker_type":"a"},"constructor":1}')).toBe('{}');
  });

  it('has no more entries of a list than show that they are too many', async () => {
    const reading = readCalls(Buffer.from(await gist(`[${'{},'.repeat(200_000)}{}]`, callsWanted)));
    expect(reading).toMatchObject({ kind: 'unreadable', error: 'the batch has more than 1000 entries' });
  });

  it('stays small, and what is too long stays too long', async () => {
    const long = 'x'.repeat(100_000);
    for (const body of [
      `{"jsonrpc":"2.0","id":"${long}","method":"m"}`,
      `{"jsonrpc":"2.0","id":1,"method":"${long}"}`,
      `{${`"id":${'1'.repeat(5_000)},`.repeat(100)}"jsonrpc":"2.0","method":"m"}`,
    ]) {
      const text = await gist(body, callsWanted);
      expect(text.length).toBeLessThan(20_000);
      expect(readCalls(Buffer.from(text))).toMatchObject({ kind: 'unreadable' });
    }
  });

  it.each(['', '{', '{"a":1}}', '{"worker_type":"w"', '{"worker_type":"w"} x', `${'['.repeat(501)}${']'.repeat(501)}`])(
    'is refused where the whole is no JSON that we take: %j',
    async (json) => {
      await expect(gist(json)).rejects.toMatchObject({
        code: 'UNREADABLE',
        message: expect.stringMatching(/^the body/),
      });
    },
  );

  it('is refused where the body is not UTF-8', async () => {
    const reading = gistInTurns(Buffer.from([0x22, 0xff, 0x22]), ruoteWanted);
    await expect(reading).rejects.toThrow('the body is not UTF-8 text');
  });
});

describe('a body and its gist', () => {
  const found = (find: () => unknown): unknown => {
    try {
      return find();
    } catch (err) {
      return (err as Error).message;
    }
  };
  const name = fc.constantFrom('worker_type', 'fields', 'params', 'jsonrpc', 'id', 'method', 'x');
  const leaf = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('2.0', 'a.b', 'w', 7));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, leaf, fc.dictionary(name, tie('tree')), fc.array(tie('tree'), { maxLength: 3 })),
  }));

  it('name the same worker type, or have the same fault', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const body = Buffer.from(JSON.stringify(value));
        const brief = await gistInTurns(body, ruoteWanted);
        expect(found(() => ruoteFormat.workerType(brief))).toEqual(found(() => ruoteFormat.workerType(body)));
      }),
    );
  });

  it('have the same calls in them, but for what they are called with', async () => {
    const call = fc.record({ jsonrpc: fc.constant('2.0'), id: leaf, method: leaf, params: leaf }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.oneof(tree, call, fc.array(call, { maxLength: 4 })), async (value) => {
        const body = Buffer.from(JSON.stringify(value));
        const [whole, brief] = [readCalls(body), readCalls(await gistInTurns(body, callsWanted))];
        expect(idsOf(brief)).toEqual(idsOf(whole));
        if (whole.kind !== 'calls' || brief.kind !== 'calls') return;
        expect(found(() => typeOfCalls(brief.calls))).toEqual(found(() => typeOfCalls(whole.calls)));
      }),
    );
  });

  function idsOf(reading: ReturnType<typeof readCalls>): unknown {
    if (reading.kind === 'unreadable') return reading;
    return reading.calls.entries.map(({ kind, id, ...rest }) => [kind, id, 'error' in rest && rest.error]);
  }
});

describe('a large body', () => {
  it('is read in turns, so that everything else goes on meanwhile', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const text = await gist(`{"x":[${BOMB}[]],"worker_type":"w"}`);
    isDone = true;
    expect(text).toBe('{"worker_type":"w"}');
    expect(turns).toBeGreaterThan(10);
  });

  it('pauses as well where each entry of its list is quickly read', async () => {
    let turns = 0;
    const entry = `{"id":1,"x":[${'1,'.repeat(2_000)}1]}`;
    const reading = gistInTurns(Buffer.from(`[${Array(300).fill(entry).join(',')}]`), callsWanted);
    let isDone = false;
    void reading.then(() => {
      isDone = true;
    });
    while (!isDone) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeGreaterThan(15); // 1.2 million tokens, read once for the list and once for its entries
  });

  it('is not read by who cannot wait where there is too much in it, but is where it is only long', () => {
    const bomb = Buffer.from(`{"worker_type":"w","x":[${BOMB}[]]}`);
    expect(gistNow(bomb, ruoteWanted)).toBeUndefined();
    const long = Buffer.from(`{"x":"${'x'.repeat(12 * 1024 * 1024)}","worker_type":"w"}`);
    expect(String(gistNow(long, ruoteWanted))).toBe('{"worker_type":"w"}');
  });

  it('is one over 64 KiB: a smaller one is its own gist', () => {
    const small = Buffer.alloc(64 * 1024, ' ');
    expect(isLarge(small)).toBe(false);
    expect(gistNow(small, ruoteWanted)).toBe(small);
    expect(isLarge(Buffer.alloc(64 * 1024 + 1))).toBe(true);
  });
});
