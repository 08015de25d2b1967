// What a process has said just before it died, while its daemon writes to it and does not know yet.
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { openFrames } from '../../../src/child/frames.ts';

/** A frame with the head `{"n":1}` and no body. */
const SAYS = `printf '\\000\\000\\000\\007\\000\\000\\000\\000{"n":1}' >&3; kill -9 $$`;

it('is read to its end, though nothing can be written to it any more', async () => {
  const child = spawn('/bin/sh', ['-c', SAYS], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const heard: unknown[] = [];
  await new Promise<void>((resolve) => {
    const port = openFrames<unknown, object>(child.stdio[3] as Duplex, {
      limits: { headBytes: 100, bodyBytes: 100 },
      check: (head) => head,
      onFrame: (head) => heard.push(head),
      onBroken: (error) => heard.push(error),
      onClosed: () => {
        heard.push('closed');
        resolve();
      },
      onDeaf: () => heard.push('deaf'),
    });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); // it speaks and dies; we read nothing meanwhile
    port.send({ more: 'work' });
    port.send({ more: 'work' });
  });
  expect(heard).toEqual(['deaf', { n: 1 }, 'closed']);
});
