// The peer's worker process (`worker QUEUE`), and its client (`client`), which reads commands from stdin and answers each with
// a line of JSON: fill QUEUE COUNT · drain (results per second, from the first to the last) · ask QUEUE COUNT (ms).
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

// By `require`, so that types and tests of the product do without it.
const { Queue, QueueEvents, Worker } = createRequire(import.meta.url)('bullmq');

const connection = { host: '127.0.0.1', port: Number(process.env.BENCH_REDIS_PORT) };
const PAYLOAD = 'x'.repeat(1024);
const concurrency = Number(process.env.BENCH_CONCURRENCY ?? 1);
const removeOnComplete = { count: 1000 };

/** One for each queue, kept. @type {Map<string, Promise<Desk>>} */
const desks = new Map();
const [role, name] = process.argv.slice(2);
if (role === 'worker') {
  new Worker(name, async (/** @type {any} */ job) => job.data.x, { connection, concurrency, removeOnComplete });
} else {
  let current = await deskOf('bench1');
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, queue, number] = line.split(' ');
    if (command !== 'drain') {
      current = await deskOf(queue ?? '');
      count = Number(number);
    }
    if (command === 'fill') answer(await current.fill(count));
    else if (command === 'drain') answer(await current.drain(count));
    else answer(await current.ask(count));
  }
}

/** @param {string} name */
function deskOf(name) {
  const desk = desks.get(name) ?? openDesk(name);
  desks.set(name, desk);
  return desk;
}

/** @typedef {Awaited<ReturnType<typeof openDesk>>} Desk */

/** @param {string} name */
async function openDesk(name) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection, lastEventId: '0-0' }); // else the first one could be missed
  await events.waitUntilReady();
  /** @type {(job: string) => void} */
  let completed = () => undefined;
  events.on('completed', (/** @type {{ jobId: string }} */ { jobId }) => completed(jobId));
  let done = 0;
  let firstAt = 0;
  return {
    /** @param {number} count */
    async fill(count) {
      done = 0;
      completed = () => {
        if (++done === 1) firstAt = performance.now();
      };
      for (let sent = 0; sent < count; sent += 500) {
        const bulk = Array.from({ length: Math.min(500, count - sent) }, () => ({
          name: 'noop',
          data: { x: PAYLOAD },
        }));
        await queue.addBulk(bulk);
      }
      return { filled: count };
    },
    /** @param {number} count */
    async drain(count) {
      const counted = completed;
      if (done < count) {
        await new Promise((resolve) => {
          completed = (job) => {
            counted(job);
            if (done === count) resolve(undefined);
          };
        });
      }
      return { rate: ((count - 1) / (performance.now() - firstAt)) * 1000 };
    },
    /** @param {number} count */
    async ask(count) {
      const took = [];
      for (let asked = 0; asked < count; asked++) {
        const jobId = `ask-${process.hrtime.bigint()}`;
        const isDone = new Promise((resolve) => {
          completed = (job) => job === jobId && resolve(undefined);
        });
        const begin = performance.now();
        await queue.add('noop', { x: PAYLOAD }, { jobId });
        await isDone;
        took.push(performance.now() - begin);
      }
      took.sort((one, other) => one - other);
      return { p50: took[count >> 1], p99: took[Math.floor(count * 0.99)] };
    },
  };
}

/** @param {unknown} value */
function answer(value) {
  console.log(JSON.stringify(value));
}
