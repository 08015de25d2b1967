// The example plugins that are programs, as a pool starts them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startPlugin } from '../pool/command/program.ts';

const PLUGINS = fileURLToPath(new URL('../../../plugins/', import.meta.url));

describe('checksum', () => {
  it('tells length and checksums of any bytes', async () => {
    const program = startPlugin(`${PLUGINS}checksum`, { algorithms: 'SHA256, md5' });
    await program.ready();
    const bytes = Buffer.from([0, 255, 10, 13]);
    program.give(bytes, 'application/octet-stream');
    program.give('', 'text/plain');
    const sum = (algorithm: string, of: Buffer): string => createHash(algorithm).update(of).digest('hex');
    const outcomes = await program.outcomes(2);
    expect(outcomes.map(({ body }) => JSON.parse(body))).toEqual([
      { bytes: 4, sha256: sum('sha256', bytes), md5: sum('md5', bytes) },
      { bytes: 0, sha256: sum('sha256', Buffer.alloc(0)), md5: sum('md5', Buffer.alloc(0)) },
    ]);
  });

  it('does what its README shows', async () => {
    const program = startPlugin(`${PLUGINS}checksum`);
    await program.ready();
    program.give('hello', 'text/plain');
    const [outcome] = await program.outcomes(1);
    expect(readFileSync(`${PLUGINS}checksum/README.md`, 'utf8')).toContain(`\n    ${outcome?.body}\n`);
  });

  it.each(['md6', 'shake_128', 'sha256,'])('does not start with an algorithm that is none: %s', async (algorithms) => {
    const program = startPlugin(`${PLUGINS}checksum`, { algorithms });
    const { how } = await program.end();
    expect(how).toMatch(/^exited with code 1 before it was ready: algorithms: ".*" is not among blake2b, .*sha256/);
  });

  it('passes over what it is told to give up', async () => {
    const program = startPlugin(`${PLUGINS}checksum`);
    await program.ready();
    const job = program.give('hello', 'text/plain');
    program.process.send({ kind: 'abort', job, reason: 'shutdown' });
    program.give('hello again', 'text/plain');
    expect(await program.outcomes(2)).toMatchObject([{ kind: 'finished' }, { kind: 'finished' }]);
    program.process.send({ kind: 'stop' });
    expect((await program.end()).how).toBe('exited with code 0');
  });
});

describe('shout', () => {
  it('hands a text back in capitals, whatever is in it', async () => {
    const program = startPlugin(`${PLUGINS}shout`);
    await program.ready();
    const texts = ['hello', '', `"quotes", $(echo no) \`echo no\` \\n %s 'single'`, 'two\nlines\n', '"bodyBase64":"x"'];
    for (const text of texts) program.give(text, 'text/plain; charset=utf-8');
    const outcomes = await program.outcomes(texts.length);
    expect(outcomes.map(({ body }) => body)).toEqual(texts.map((text) => text.toUpperCase()));
    const [first] = program.frames;
    expect(first?.frame).toMatchObject({ outcome: { kind: 'finished', contentType: 'text/plain' } });
  });

  it('takes no text for a part of the line that it is not', async () => {
    const program = startPlugin(`${PLUGINS}shout`);
    await program.ready();
    const envelope = {
      id: '","bodyBase64":"ZXZpbA==',
      workerType: 'shout',
      contentType: 'text/plain',
      properties: { correlationId: '"bodyBase64":"ZXZpbA=="' },
      headers: { bodyBase64: 'ZXZpbA==' },
    };
    program.process.send({ kind: 'work', job: 1, envelope, attempt: 1, isLastAttempt: true }, Buffer.from('good'));
    expect(await program.outcomes(1)).toMatchObject([{ body: 'GOOD' }]);
  });

  it('takes text alone', async () => {
    const program = startPlugin(`${PLUGINS}shout`);
    await program.ready();
    program.give('{}', 'application/json');
    expect(await program.outcomes(1)).toMatchObject([{ kind: 'unsupported' }]);
  });
});
