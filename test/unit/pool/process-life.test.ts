import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { ProcessLife } from '../../../src/pool/process-life.ts';
import { fakeTools } from '../../support/fake-tools.ts';

it('what a process has said before it died counts, though we were held up when it did', async () => {
  const { logger } = fakeTools();
  const timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    after(_, task) {
      timers.push(task);
      return () => undefined;
    },
  };
  const child = spawn('/bin/sh', ['-c', 'echo said'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid, stdout, stderr } = child;
  const exited = Promise.resolve({ code: 0, signal: null });
  const heard: string[] = [];
  const ended = new Promise<void>((resolve) => {
    const onEnded = (): void => {
      heard.push('its end');
      resolve();
    };
    const process = { pid, stdout, stderr, exited, killGroup: () => false };
    const life = new ProcessLife({
      logger,
      clock,
      child: process,
      type: 'w',
      instance: 'w#1',
      currentFields: () => ({}),
      onEnded,
    });
    stdout.on('data', (chunk: Buffer) => heard.push(String(chunk)));
    stdout.on('close', () => life.fellSilent());
  });
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); // it speaks and ends; we do neither hear nor see
      for (const due of timers) due();
      resolve();
    });
  });
  await ended;
  expect(heard).toEqual(['said\n', 'its end']);
});
