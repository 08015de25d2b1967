// docs/json-rpc.md is what programs in other languages rely on: its table of codes, its bounds, and a program that people
// copy, which test/e2e/json-rpc.test.ts runs.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH } from '../../../src/workitem/json.ts';
import { addressOf, typeOfCalls } from '../../../src/workitem/json-rpc/address.ts';
import { RPC_CODE } from '../../../src/workitem/json-rpc/codes.ts';
import { callsIn } from '../../../src/workitem/json-rpc/format.ts';
import { MAX_BATCH } from '../../../src/workitem/json-rpc/read.ts';

const text = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const DOC = text('docs/json-rpc.md');

describe('docs/json-rpc.md', () => {
  it('has every code once, and no others', () => {
    const codes = [...DOC.matchAll(/^\| (-32\d{3}) \|/gm)].map(([, code]) => Number(code));
    expect(codes.toSorted()).toEqual(Object.values(RPC_CODE).toSorted());
  });

  it('shows call.py as it is', () => {
    const [, listing] = /^`call\.py`:\n\n```python\n([\s\S]*?)^```$/m.exec(DOC) ?? [];
    expect(listing).toBe(text('test/fixtures/json-rpc-doc/call.py'));
  });

  it('names the bounds that there are', () => {
    expect(DOC).toContain(`A list of up to ${MAX_BATCH} requests`);
    expect(DOC).toContain(`at most ${MAX_JSON_DEPTH} levels`);
  });

  it('shows requests that are some, and whom they are for', () => {
    const requests = [...DOC.matchAll(/\{ ?"jsonrpc": "2\.0", "method": "math\b.*?\}/g)].map(([request]) => request);
    expect(requests.length).toBeGreaterThanOrEqual(3);
    for (const request of requests) expect(typeOfCalls(callsIn(Buffer.from(request)))).toBe('math');
    expect(addressOf('org.math.add')).toEqual({ type: 'org.math', method: 'add' });
    expect(addressOf('echo')).toEqual({ type: 'echo', method: 'echo' });
  });
});
