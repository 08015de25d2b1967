// Many workitems, end to end: none is lost, none comes twice, and the daemons do not grow with their number.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openScene } from '../support/pipeline.ts';

const COUNT = 10_000;
const BATCH = 500;
/** Between the highest of the first half and the highest of the second: what garbage collection makes of it. */
const GROWTH_BYTES = 48 * 1024 ** 2;

it('10,000 workitems give 10,000 results, no id twice, and memory stays flat', async () => {
  const { pipeline, client } = await openScene('[actor]\ninstances = 2\nconcurrency = 10');
  const daemons = [await pipeline.dispatcher(), await pipeline.pool(2)];
  const results = await client.collect('results');
  const channel = await client.connection.createConfirmChannel();
  const seen = new Set<string>();
  const memory: number[][] = daemons.map(() => []);
  for (let sent = 0; sent < COUNT; sent += BATCH) {
    for (let n = sent; n < sent + BATCH; n++) {
      const body = JSON.stringify({ worker_type: 'actor', n, text: 'x'.repeat(1000) });
      channel.publish('', 'taskqueue', Buffer.from(body), { persistent: true, messageId: String(n) });
    }
    await channel.waitForConfirms();
    for (const { properties } of await results.take(BATCH)) seen.add(properties.correlationId);
    for (const [n, { pid }] of daemons.entries()) memory[n]?.push(residentBytes(pid));
  }
  expect(seen.size).toBe(COUNT);
  expect(results.messages).toEqual([]);
  expect(pipeline.starts()).toHaveLength(COUNT);
  for (const samples of memory) {
    const half = samples.length / 2;
    const growth = Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half));
    expect(growth, `resident bytes: ${samples.join(' ')}`).toBeLessThan(GROWTH_BYTES);
  }
  for (const daemon of daemons) expect(daemon.lines.filter((line) => /WARN|ERROR/.test(line))).toEqual([]);
});

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
