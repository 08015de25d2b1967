// Both ends of a pipe with the product's frames: `pipe.mjs FRAMES PARENT-PIPE`, which are modules, starts itself as the echo at
// fd 3. Reads `BYTES COUNT` from stdin, and answers with µs per frame, there and back.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const WINDOW = 8;
const [framesModule = '', pipeModule = '', role] = process.argv.slice(2);
const { openFrames } = await import(framesModule);
const limits = { headBytes: 2 ** 20, bodyBytes: 2 ** 24 };
/** About as much as the head of a workitem holds. */
const HEAD = {
  kind: 'work',
  job: 1,
  envelope: { id: 'x'.repeat(36), workerType: 'noop', headers: { a: 'x'.repeat(200) } },
};

/** @param {any} pipe @param {(head: any, body: Buffer) => void} onFrame */
function port(pipe, onFrame) {
  const end = () => process.exit(0);
  return openFrames(pipe, {
    limits,
    check: (/** @type {unknown} */ head) => head,
    onFrame,
    onBroken: end,
    onClosed: end,
  });
}

if (role === 'echo') {
  const { openParentPipe } = await import(pipeModule);
  const frames = port(openParentPipe(), (head, body) => frames.send(head, body));
} else {
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [script, framesModule, pipeModule, 'echo'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  /** @type {() => void} */
  let onAnswer = () => undefined;
  const frames = port(child.stdio[3], () => onAnswer());
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [bytes = 0, count = 0] = line.split(' ').map(Number);
    const body = Buffer.alloc(bytes, 'x');
    const cpu = cpuUs(process.pid) + cpuUs(Number(child.pid));
    const begin = performance.now();
    await new Promise((resolve) => {
      let sent = 0;
      let answered = 0;
      const send = () => sent++ < count && frames.send({ ...HEAD, job: sent }, body);
      onAnswer = () => (++answered === count ? resolve(undefined) : send());
      for (let first = 0; first < WINDOW; first++) send();
    });
    const wall = ((performance.now() - begin) * 1000) / count;
    const used = (cpuUs(process.pid) + cpuUs(Number(child.pid)) - cpu) / count;
    console.log(JSON.stringify({ 'wall time': wall, 'CPU of both': used }));
  }
}

/** @param {number} pid */
function cpuUs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}
