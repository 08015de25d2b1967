import { describe, expect, it } from 'vitest';
import { deferred } from '../../../src/core/deferred.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { type Service, serviceGroup } from '../../../src/service/service.ts';

describe('a group of services', () => {
  it('starts in order and stops in reverse', async () => {
    const calls: string[] = [];
    const group = serviceGroup([noting('a', calls), noting('b', calls)]);
    await group.start();
    await group.stop();
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what had started when one does not start, and rejects with the error of that one', async () => {
    const calls: string[] = [];
    const broken = noting('b', calls, new TaskqueueError('CONFIG', 'no'));
    const group = serviceGroup([noting('a', calls), broken, noting('c', calls)]);
    await expect(group.start()).rejects.toMatchObject({ code: 'CONFIG', message: 'no' });
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('tells both errors when stopping again fails too, and keeps the code of the first', async () => {
    const calls: string[] = [];
    const a: Service = { start: async () => undefined, stop: () => Promise.reject(new Error('stuck')) };
    const group = serviceGroup([a, noting('b', calls, new TaskqueueError('CONFIG', 'no'))]);
    await expect(group.start()).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'no; and while stopping again: stuck',
    });
  });

  it('may be stopped before it is started, and does not start then', async () => {
    const calls: string[] = [];
    const group = serviceGroup([noting('a', calls)]);
    await group.stop();
    await expect(group.start()).rejects.toMatchObject({ code: 'STOPPED' });
    expect(calls).toEqual([]);
  });

  it('stops each service once, however often it is asked to', async () => {
    const calls: string[] = [];
    const group = serviceGroup([noting('a', calls)]);
    await group.start();
    await Promise.all([group.stop(), group.stop()]);
    await group.stop();
    expect(calls).toEqual(['start a', 'stop a']);
  });

  it('starts nothing further when it is stopped while starting, and stops what became ready after all', async () => {
    const calls: string[] = [];
    const slow = deferred<void>();
    const a = noting('a', calls);
    const group = serviceGroup([{ ...a, start: () => a.start().then(() => slow.promise) }, noting('b', calls)]);
    const started = group.start();
    const stopped = group.stop();
    slow.resolve();
    await expect(started).rejects.toMatchObject({ code: 'STOPPED' });
    await stopped;
    expect(calls).toEqual(['start a', 'stop a', 'stop a']);
  });

  it('stops the others even when one fails to stop', async () => {
    const calls: string[] = [];
    const stuck: Service = { start: async () => undefined, stop: () => Promise.reject(new Error('stuck')) };
    const group = serviceGroup([noting('a', calls), stuck]);
    await group.start();
    await expect(group.stop()).rejects.toThrow('stuck');
    expect(calls).toEqual(['start a', 'stop a']);
  });
});

function noting(name: string, calls: string[], error?: Error): Service {
  return {
    async start() {
      calls.push(`start ${name}`);
      if (error) throw error;
    },
    async stop() {
      calls.push(`stop ${name}`);
    },
  };
}
