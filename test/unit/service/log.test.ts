import { closeSync, fstatSync, openSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { isJournal } from '../../../src/service/journal.ts';
import { createLogger, type LogOptions } from '../../../src/service/log.ts';

describe('the log', () => {
  it('writes lines for a file with time, level, message and fields', () => {
    const { logger, written } = logTo({});
    logger.info({ workitem: '17', type: 'worker1', note: 'two words', n: 3 }, 'workitem finished');
    expect(written()).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO {2}workitem finished workitem=17 type=worker1 note="two words" n=3\n$/,
    );
  });

  it('shows only the time of day on a terminal, and colours where it has them', () => {
    const plain = logTo({ isTerminal: true }, { hasColors: () => false });
    plain.logger.warn({}, 'careful');
    expect(plain.written()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}careful\n$/);
    const coloured = logTo({ isTerminal: true }, { hasColors: () => true });
    coloured.logger.warn({}, 'careful');
    expect(coloured.written()).toContain('\x1b[33mWARN');
  });

  it.each([
    ['debug', 7],
    ['info', 6],
    ['warn', 4],
    ['error', 3],
  ] as const)('prefixes %s with <%i> for the journal, without a time', (level, number) => {
    const { logger, written } = logTo({ isJournal: true, level: 'debug' });
    logger[level]({ queue: 'worker_a' }, 'said');
    expect(written()).toBe(`<${number}>said queue=worker_a\n`);
  });

  it('writes JSON where that is asked for, even on a terminal', () => {
    const { logger, written } = logTo({ format: 'json', isTerminal: true });
    logger.error({ instance: 'a#1', err: new TaskqueueError('PLUGIN', 'broken') }, 'said');
    expect(JSON.parse(written())).toMatchObject({
      level: 'error',
      message: 'said',
      instance: 'a#1',
      err: 'broken (PLUGIN)',
      stack: expect.stringContaining('log.test.ts'),
    });
  });

  it('tells an error with its causes and codes in one line, without its stack', () => {
    const { logger, written } = logTo({});
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5672'), { code: 'ECONNREFUSED' });
    logger.error({ err: new TaskqueueError('UNAVAILABLE', 'no connection', { cause }) }, 'trying again');
    expect(written()).toContain('err="no connection (UNAVAILABLE): connect ECONNREFUSED 127.0.0.1:5672"\n');
  });

  it('adds the stack at level debug', () => {
    const { logger, written } = logTo({ level: 'debug' });
    logger.error({ err: new Error('boom') }, 'said');
    expect(written()).toMatch(/stack="Error: boom\\n {4}at .*log\.test\.ts/);
  });

  it('says nothing below its level, which can be changed', () => {
    const { logger, written } = logTo({ level: 'warn' });
    logger.info({}, 'unheard');
    logger.setLevel('info');
    logger.info({}, 'heard');
    expect(written()).toMatch(/^\S+ INFO {2}heard\n$/);
  });

  it('leaves the field names of the line to the line', () => {
    const { logger, written } = logTo({ format: 'json' });
    logger.info({ level: 'fake', time: 1, message: 'fake', 'a b\n': 1 }, 'true');
    expect(JSON.parse(written())).toMatchObject({ level: 'info', message: 'true', level_: 'fake', a_b_: 1 });
  });

  it('cuts long values', () => {
    const { logger, written } = logTo({});
    logger.info({ long: 'x'.repeat(100_000) }, 'y'.repeat(100_000));
    expect(written().length).toBeLessThan(20_000);
  });

  it.each(['json', 'auto'] as const)('writes exactly one clean line, whatever the text is (%s)', (format) => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.anything()),
        (message, fields) => {
          const { logger, written } = logTo({ format, isJournal: true });
          logger.error(fields, message);
          const line = written();
          expect(line.endsWith('\n')).toBe(true);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
          expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
          if (format === 'json') JSON.parse(line);
        },
      ),
    );
  });

  it('does not throw over fields that cannot be read', () => {
    const { logger, written } = logTo({});
    const cyclic: Record<string, unknown> = { big: 10n };
    cyclic.self = cyclic;
    const hostile = {
      get now(): never {
        throw new Error('no');
      },
    };
    logger.info(
      {
        cyclic,
        hostile,
        err: new Proxy(
          {},
          {
            get: () => {
              throw new Error('no');
            },
          },
        ),
      },
      'said',
    );
    expect(written()).toContain('said');
  });

  it('survives the end of whoever reads it', () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const logger = createLogger({ ...OPTIONS, stream: broken });
    logger.info({}, 'one');
    logger.info({}, 'two');
    expect(() => broken.emit('error', new Error('EPIPE'))).not.toThrow();
  });
});

describe('whether a stream is the journal', () => {
  it('is told by device and inode', () => {
    const fd = openSync('/dev/null', 'w');
    const { dev, ino } = fstatSync(fd);
    expect(isJournal(`${dev}:${ino}`, fd)).toBe(true);
    expect(isJournal(`${dev}:${ino + 1}`, fd)).toBe(false);
    expect(isJournal(undefined, fd)).toBe(false);
    closeSync(fd);
    expect(isJournal(`${dev}:${ino}`, fd)).toBe(false);
  });
});

const OPTIONS: Omit<LogOptions, 'stream'> = { level: 'info', format: 'auto', isTerminal: false, isJournal: false };

function logTo(options: Partial<LogOptions>, streamParts: object = {}) {
  const stream = Object.assign(new PassThrough(), streamParts);
  const logger = createLogger({ ...OPTIONS, ...options, stream });
  return { logger, written: () => String(stream.read() ?? '') };
}
