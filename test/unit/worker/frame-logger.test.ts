import { describe, expect, it } from 'vitest';
import { frameLogger, type LogFrame } from '../../../src/worker/frame-logger.ts';

describe('the logger of plugins', () => {
  it('makes a frame of each line', () => {
    const { logger, frames } = setUp();
    logger.warn({ file: 'a.txt' }, 'odd');
    expect(frames).toEqual([{ kind: 'log', job: 7, level: 'warn', message: 'odd', fields: { file: 'a.txt' } }]);
  });

  it('takes a message alone, or an error in place of the fields', () => {
    const { logger, frames } = setUp();
    const loose = logger as unknown as Record<'info', (...said: unknown[]) => void>;
    loose.info('just this');
    loose.info(new Error('boom'), 'failed');
    loose.info();
    expect(frames.map(({ message, fields }) => [message, fields])).toEqual([
      ['just this', {}],
      ['failed', { err: 'boom' }],
      ['', {}],
    ]);
  });

  it('bounds what it is given, and throws over nothing', () => {
    const { logger, frames } = setUp();
    const cyclic: Record<string, unknown> = { big: 1n, long: 'x'.repeat(1_000_000) };
    cyclic.self = cyclic;
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    logger.info(cyclic, 'm'.repeat(1_000_000));
    logger.info(hostile, 'odd');
    logger.info({ many: Array.from({ length: 500 }, () => '\u0001'.repeat(5000)) }, 'many');
    expect(frames).toHaveLength(3);
    for (const frame of frames) expect(JSON.stringify(frame).length).toBeLessThan(512 * 1024);
  });

  it('drops lines while there is no room for them, and says how many', () => {
    let hasRoom = false;
    const frames: LogFrame[] = [];
    const logger = frameLogger((frame) => hasRoom && frames.push(frame) > 0, null);
    logger.info({}, 'lost');
    logger.info({}, 'lost too');
    hasRoom = true;
    logger.info({ n: 1 }, 'heard');
    logger.info({ n: 2 }, 'heard');
    expect(frames.map(({ fields }) => fields)).toEqual([{ n: 1, dropped: 2 }, { n: 2 }]);
  });
});

function setUp() {
  const frames: LogFrame[] = [];
  return { frames, logger: frameLogger((frame) => frames.push(frame) > 0, 7) };
}
