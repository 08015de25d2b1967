// docs/workers-in-any-language.md is the contract with programs: its listings run, its lines are understood.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readLine } from '../../../src/pool/command/answer-line.ts';
import { shell, startPlugin } from '../pool/command/program.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DOC = readFileSync(here('../../../docs/workers-in-any-language.md'), 'utf8');
const WORDCOUNT = here('../../fixtures/plugins-lines/wordcount');

const listing = (path: string): string | undefined =>
  new RegExp(`^\`wordcount/${path}\`:\n\n\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(DOC)?.[1];

describe('the example', () => {
  it.each(['package.json', 'wordcount.py'])('shows %s as it is', (path) => {
    expect(listing(path)).toBe(readFileSync(`${WORDCOUNT}/${path}`, 'utf8'));
  });

  it('counts words, and fails where it should', async () => {
    const program = startPlugin(WORDCOUNT, { longest: '20' });
    await program.ready();
    program.give('one two\nthree', 'text/plain');
    program.give('far too many words for it', 'text/plain');
    const [counted, failed] = await program.outcomes(2);
    expect(counted).toMatchObject({ kind: 'finished', body: '{"words": 3}' });
    expect(failed).toMatchObject({
      kind: 'threw',
      body: expect.stringMatching(/Error: more than 20 characters\nTrace: T/),
    });
  });
});

describe('the lines on the page', () => {
  /** `…` stands for anything. */
  const lines = (pattern: RegExp): string[] => [...DOC.matchAll(pattern)].map(([, line]) => line as string);

  it('that a program writes are understood', () => {
    const written = lines(/^\| `(\{.*\})` +\|/gm);
    const kinds = written.map((line) => readLine(Buffer.from(line.replace('"result": …', '"result": 1'))).kind);
    expect(kinds).toEqual(['finished', 'finished', 'finished', 'threw', 'retryLater', 'rejected', 'progress', 'ready']);
  });

  it('that it reads are those that it gets', async () => {
    const [work, setup, abort] = lines(/^```text\n(\{.*\})\n```$/gm);
    const keysOf = (line = ''): string[] => Object.keys(JSON.parse(line.replaceAll('{…}', '{}')));
    const program = shell('echo "$line" >&2', { setup: { version: 1 } });
    await program.ready();
    program.process.send({ kind: 'abort', job: program.give('some text', 'text/plain'), reason: 'timeout' });
    program.process.send({ kind: 'stop' });
    await program.end();
    const [, gotWork, gotAbort] = program.tools.lines.map(({ message }) => message);
    expect(keysOf(gotWork)).toEqual(keysOf(work));
    expect(gotWork?.slice(0, 20)).toBe(work?.slice(0, 20).replace('7', '1'));
    expect(gotAbort).toBe(abort?.replace('7', '1'));
    expect(keysOf(setup)).toEqual(['setup']);
  });
});
