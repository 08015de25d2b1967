import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { type Logger, silentLogger } from '../../../src/core/logger.ts';
import { runService } from '../../../src/service/run.ts';
import type { Service } from '../../../src/service/service.ts';
import { builtModule } from '../../support/built-module.ts';

describe('running a service', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('stops it on %s, with exit code 0', async (signal) => {
    const { process, service, ready, calls } = setUp();
    const code = runService(service, { logger: silentLogger, process });
    await ready;
    process.emit(signal, signal);
    expect(await code).toBe(0);
    expect(calls).toEqual(['start', 'stop']);
    expect(process.eventNames()).toEqual([]);
  });

  it('ends at once on a second signal, even when the stop never ends', async () => {
    const { process, service, ready, calls } = setUp({ stop: () => new Promise(() => undefined) });
    const code = runService(service, {
      logger: silentLogger,
      process,
      onSecondSignal: () => calls.push('killed'),
    });
    await ready;
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGINT', 'SIGINT');
    expect(await code).toBe(130);
    expect(calls).toContain('killed');
  });

  it('ends at once when the time to stop after an exception that nothing caught is over', async () => {
    const { process, service, ready, calls } = setUp({ stop: () => new Promise(() => undefined) });
    const { clock, alarm } = oneAlarm();
    const code = runService(service, {
      logger: silentLogger,
      process,
      clock,
      onSecondSignal: () => calls.push('killed'),
    });
    await ready;
    process.emit('uncaughtException', new Error('boom'));
    expect(alarm.delayMs).toBe(30_000);
    alarm.ring();
    expect(await code).toBe(70);
    expect(calls).toContain('killed');
  });

  it('rejects with the error of a service that does not start, and gives the signals back', async () => {
    const { process, service } = setUp({ start: () => Promise.reject(new Error('no broker')) });
    await expect(runService(service, { logger: silentLogger, process })).rejects.toThrow('no broker');
    expect(process.eventNames()).toEqual([]);
  });

  it('stops a service that is told to end while it starts, and is not shaken by what becomes of the start', async () => {
    const start = deferred<void>();
    const { process, service, calls } = setUp({
      start: () => start.promise,
      stop: async () => start.reject(new Error('called off')),
    });
    const code = runService(service, { logger: silentLogger, process });
    process.emit('SIGTERM', 'SIGTERM');
    expect(await code).toBe(0);
    expect(calls).toEqual(['start', 'stop']);
  });

  it('tries to stop after an exception that nothing caught, logs it, and ends with 70', async () => {
    const { process, service, ready, calls } = setUp();
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: ({ err }) => logged.push(err) };
    const code = runService(service, { logger, process });
    await ready;
    const boom = new Error('boom');
    process.emit('uncaughtException', boom);
    expect(await code).toBe(70);
    expect(logged).toEqual([boom]);
    expect(calls).toEqual(['start', 'stop']);
  });

  it('reloads one at a time, once more for all that were asked for meanwhile, and logs the one that fails', async () => {
    const { process, service, ready } = setUp();
    const reloads = [deferred<void>(), deferred<void>()];
    const begun: number[] = [];
    const second = deferred<void>();
    const failed = deferred<unknown>();
    const logger: Logger = { ...silentLogger, error: ({ err }) => failed.resolve(err) };
    const onReload = (): Promise<void> => {
      begun.push(begun.length);
      if (begun.length === 2) second.resolve();
      return reloads[begun.length - 1]?.promise ?? Promise.resolve();
    };
    const code = runService(service, { logger, process, onReload });
    await ready;
    await Promise.resolve(); // until the start has been noticed
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGHUP', 'SIGHUP');
    expect(begun).toEqual([0]);
    const refusal = new Error('refused');
    reloads[0]?.reject(refusal);
    expect(await failed.promise).toBe(refusal);
    await second.promise;
    process.emit('SIGTERM', 'SIGTERM');
    reloads[1]?.resolve();
    expect(await code).toBe(0);
    expect(begun).toEqual([0, 1]);
  });

  it('keeps Node from opening its inspector on SIGUSR1', async () => {
    const program = `
      import { runService } from ${JSON.stringify(await builtModule('service/run'))};
      const say = (what) => process.stdout.write(what + '\\n');
      const quiet = () => undefined;
      const logger = { debug: (_, text) => say(text), info: quiet, warn: quiet, error: quiet };
      const idle = setInterval(quiet, 1000);
      const service = { start: async () => say('ready'), stop: async () => clearInterval(idle) };
      process.exitCode = await runService(service, { logger });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    await once(child.stdout, 'data');
    child.kill('SIGUSR1');
    expect(String((await once(child.stdout, 'data'))[0])).toContain('SIGUSR1 means nothing here');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(errors).toBe('');
  });
});

function setUp(overrides: Partial<Service> = {}) {
  const calls: string[] = [];
  const ready = deferred<void>();
  const service: Service = {
    start() {
      calls.push('start');
      ready.resolve();
      return overrides.start?.() ?? Promise.resolve();
    },
    stop() {
      calls.push('stop');
      return overrides.stop?.() ?? Promise.resolve();
    },
  };
  return { process: new EventEmitter(), service, calls, ready: ready.promise };
}

function oneAlarm() {
  const alarm = { delayMs: 0, ring: (): void => undefined };
  const clock: Clock = {
    now: () => 0,
    after(delayMs, task) {
      Object.assign(alarm, { delayMs, ring: task });
      return () => undefined;
    },
  };
  return { clock, alarm };
}
