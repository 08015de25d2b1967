// From the start of a broker to its stop.
import { describe, expect, test } from 'vitest';
import { type Bench, outgoing, queueOf } from './bench.ts';

export function lifeContract(bench: Bench): void {
  describe('a broker', () => {
    test('says connected while it is, and stopped afterwards', async () => {
      const other = await bench.server.connect('short-lived');
      expect(other.status).toMatchObject({ state: 'connected', problem: null });
      const states: string[] = [];
      const ignore = other.onStatus((status) => states.push(status.state));
      await other.stop();
      expect(other.status.state).toBe('stopped');
      expect(states.at(-1)).toBe('stopped');
      ignore();
    });

    test('may be stopped twice, and then neither publishes nor asks', async () => {
      const other = await bench.server.connect('short-lived');
      await Promise.all([other.stop(), other.stop()]);
      await other.stop();
      expect(await other.publish(outgoing('any', 'x'))).toMatchObject({ kind: 'unknown' });
      expect(await other.declare(queueOf(bench.fresh()))).toMatchObject({ kind: 'unknown' });
      await expect(other.queueInfo('any')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(other.deleteQueue('any')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    test('has its confirms before it is stopped', async () => {
      const queue = await bench.freshQueue();
      const other = await bench.server.connect('short-lived');
      const due = Array.from({ length: 100 }, (_, n) => other.publish(outgoing(queue, `${n}`)));
      await other.stop();
      const outcomes = await Promise.all(due);
      expect(outcomes.every((one) => one.kind === 'confirmed')).toBe(true);
      expect(await bench.broker.queueInfo(queue)).toMatchObject({ messages: 100 });
    });

    test('is at once connected for whoever waits until it is', async () => {
      await expect(bench.broker.untilConnected(new AbortController().signal)).resolves.toBeUndefined();
    });
  });
}
