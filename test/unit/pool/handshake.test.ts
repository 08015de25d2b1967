// What a worker process has to say before it gets anything: the pool against programs that say something else.
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { PROTOCOL_VERSION } from '../../../src/child/protocol.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { startProcess } from '../../../src/pool/start-process.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { within } from '../../support/until.ts';
import { planFor } from './fixtures.ts';

const FORGER = fileURLToPath(new URL('../../fixtures/forge-frames.js', import.meta.url));
const HELLO = { kind: 'hello', version: PROTOCOL_VERSION, release: '0.1.0' };
const READY = { kind: 'ready' };

/** Why the process was ended that says these; whether it was ready before is in `heard`. */
async function endOf(...heads: readonly object[]): Promise<{ how: string; heard: readonly string[] }> {
  const { logger } = fakeTools();
  const args = heads.map((head) => JSON.stringify(head));
  const spec = { program: FORGER, args, identity: null, environment: {}, workdir: '/' };
  const heard: string[] = [];
  const ended = new Promise<string>((resolve) => {
    const process = startProcess(planFor('w'), 'w#1', spec, {
      logger,
      clock: systemClock,
      currentFields: () => ({}),
      onReady: () => heard.push('ready'),
      onFrame: ({ kind }) => heard.push(kind),
      onTurnless: () => undefined,
      onEnded: resolve,
    });
    onTestFinished(() => process.kill('is not needed any more'));
  });
  return { how: await within(ended, 30_000, () => `the process goes on; heard so far: ${heard}`), heard };
}

it.each([
  [
    'of another version, half-way through an upgrade',
    [{ ...HELLO, version: PROTOCOL_VERSION + 1, release: '9.9.9' }, READY],
    /^is of another version \(9\.9\.9\): the pool has to be restarted after an upgrade$/,
  ],
  ['that says hello twice', [HELLO, HELLO], /said "hello" twice/],
  ['that is ready before it has said hello', [READY], /said "ready" out of turn/],
  [
    'that speaks of work before it is ready',
    [HELLO, { kind: 'progress', job: 1, fraction: 0, note: '' }],
    /"progress"/,
  ],
  [
    'that cannot load its plugin',
    [HELLO, { kind: 'unloadable', failure: { error: 'no such file', trace: '' } }],
    /no such file/,
  ],
])('a process %s is ended, and is given no work', async (_, heads, reason) => {
  const { how, heard } = await endOf(...heads);
  expect(how).toMatch(reason);
  expect(heard).toEqual([]);
});

it('one that says it is ready twice was ready once', async () => {
  const { how, heard } = await endOf(HELLO, READY, READY);
  expect(how).toMatch(/said "ready" out of turn/);
  expect(heard).toEqual(['ready']);
});
