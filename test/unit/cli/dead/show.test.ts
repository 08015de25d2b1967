import { beforeEach, describe, expect, it } from 'vitest';
import { HEADER } from '../../../../src/workitem/headers.ts';
import { DeadBench, lines } from './dead-cli.ts';

let bench: DeadBench;

beforeEach(() => {
  bench = new DeadBench();
});

describe('taskqueue dead show', () => {
  it('shows everything: why, properties, headers, trace, body', async () => {
    await bench.fill({
      id: 'a',
      run: 'run-of-a',
      body: '{\n  "a": 1\n}\n',
      properties: { correlationId: 'c', replyTo: 'q' },
      headers: { traceparent: '00-1', nested: { list: [1, Buffer.from('x')] } },
      extra: { [HEADER.trace]: 'TypeError: no such file\n    at f (/a.js:1:2)', [HEADER.reported]: true },
    });
    const { code, out } = await bench.run(['show', 'a']);
    expect(code).toBe(0);
    for (const line of [
      /^run +run-of-a$/,
      /^reason +failed$/,
      /^error +no such file$/,
      /^parked +2026-11-21T10:00:00\.000Z, \d+[smhd] ago$/,
      /^by +h workerpool$/,
      /^queue +worker_resize$/,
      /^reported +yes/,
      /^properties$/,
      /^ {2}correlationId +c$/,
      /^headers$/,
      /^ {2}traceparent +00-1$/,
      /^ {2}nested +\{"list":\[1,"base64:eA=="\]\}$/,
      /^trace$/,
      /^ {2}TypeError: no such file$/,
      /^ {6}at f \(\/a\.js:1:2\)$/,
      /^body: 13 bytes, application\/json$/,
      /^ {4}"a": 1$/,
    ]) {
      expect(out.split('\n').filter((one) => line.test(one))).toHaveLength(1);
    }
  });

  it('shows what is no text in hex, and no more of it than fits a screen or two', async () => {
    const body = Buffer.concat([Buffer.from('\x89PNG\r\n\0', 'latin1'), Buffer.alloc(5_000)]);
    await bench.fill({ id: 'a', body });
    const { out } = await bench.run(['show', 'a']);
    expect(out).toContain('  00000000  89 50 4e 47 0d 0a 00 00 00 00 00 00 00 00 00 00  |.PNG............|\n');
    expect(out).toMatch(/\n {2}… 4495 more bytes; --body writes all of them\n$/);
    expect(out.split('\n').length).toBeLessThan(80);
  });

  it('cuts a long text, between characters', async () => {
    await bench.fill({ id: 'a', body: `a${'ü'.repeat(5_000)}` });
    const { out } = await bench.run(['show', 'a']);
    expect(out).toMatch(/\n {2}aü+\n {2}… 5905 more bytes/);
    expect(out).not.toContain('\ufffd');
  });

  it('writes the body alone, byte for byte, with --body', async () => {
    const body = Buffer.from([0, 1, 2, 255, 27, 10]);
    await bench.fill({ id: 'a', body });
    const { code, out, err } = await bench.run(['show', 'a', '--body']);
    expect([code, Buffer.from(out, 'latin1'), err]).toEqual([0, body, '']);
  });

  it('does not choose among several whose body is wanted', async () => {
    await bench.fill({ id: 'a', run: 'r1' }, { id: 'a', run: 'r2' });
    const { code, out, err } = await bench.run(['show', 'a', '--body']);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/2 of them are meant.*r1, r2\n$/);
  });

  it('shows the message as JSON: headers, and the body as text or as base64', async () => {
    await bench.fill({ id: 'a', body: 'text', headers: { mine: true } }, { id: 'b', body: Buffer.from([255]) });
    const [a, b] = lines((await bench.run(['show', 'a', 'b', '--json'])).out);
    expect(a).toMatchObject({
      id: 'a',
      properties: { messageId: 'a' },
      headers: { mine: true, 'tq-reason': 'failed' },
      body: { encoding: 'utf-8', content: 'text', isCut: false },
    });
    expect(b?.body).toEqual({ encoding: 'base64', content: '/w==', isCut: false });
  });

  it('shows a long text as text in JSON, too, wherever it is cut', async () => {
    await bench.fill({ id: 'a', body: `a${'ü'.repeat(600_000)}` });
    const [a] = lines((await bench.run(['show', 'a', '--json'])).out);
    expect(a?.body).toMatchObject({ encoding: 'utf-8', content: expect.stringMatching(/^aü+$/), isCut: true });
  });

  it('wants to know which, and names what is not there', async () => {
    await bench.fill({ id: 'a' });
    expect(await bench.run(['show'])).toMatchObject({ code: 64, err: expect.stringMatching(/say which/) });
    expect(await bench.run(['show', 'z'])).toEqual({
      code: 66,
      out: '',
      err: 'taskqueue: nothing in taskqueue.dead has the id or the run z\n',
    });
    expect(await bench.run(['show', '--type', 'z'])).toMatchObject({ code: 0, out: '', err: /nothing/ });
  });
});

describe('taskqueue dead', () => {
  it('alone shows how to use it, with exit code 64', async () => {
    const { code, err } = await bench.run([]);
    expect(code).toBe(64);
    expect(err).not.toBe('');
  });

  it.each(['list', 'show', 'requeue', 'delete'])('%s --help has examples', async (command) => {
    const { code, out } = await bench.run([command, '--help']);
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`Examples:\n {2}taskqueue dead ${command}`))]);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
