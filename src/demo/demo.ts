// `taskqueue demo`: the whole system in one process, on the memory broker, with real worker processes of the example
// plugins. Sends one workitem of each kind and tells what happens to it, as it happens.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryBroker } from '../broker/memory/broker.ts';
import { createMemoryServer } from '../broker/memory/server.ts';
import { sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import { NO_ORDERS } from '../control/standing.ts';
import { systemClock } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import { planOf } from '../pool/plan.ts';
import { Pool } from '../pool/pool.ts';
import { DEMO_CONFIG, SCENES } from './scenes.ts';
import { isEnd, lineFor } from './story.ts';
import { idOf, placeLine, placesAtTheEnd } from './tally.ts';

const PLUGINS = fileURLToPath(new URL('../../plugins', import.meta.url));
const WORKER_PROGRAM = fileURLToPath(new URL('../worker/main.js', import.meta.url));
/** It takes a few seconds; something is wrong with the machine, or with us, where it takes longer. */
const OVER_WITHIN_MS = 60_000;

type Say = (line: string) => void;

/** Resolves with the exit code. */
export async function runDemo(output: NodeJS.WritableStream): Promise<number> {
  const say: Say = (line) => void output.write(`${line}\n`);
  const installation = demoInstallation();
  const instances = installation.config.groups.reduce((sum, group) => sum + group.instances, 0);
  say('A dispatcher and a pool manager run in this process, with a broker in its memory;');
  say(`${instances} worker processes run example plugins. The pool reads its configuration:\n`);
  say(DEMO_CONFIG.replace(/^/gm, '    ').trimEnd());
  say(`\nThese workitems are sent to the queue "${TASKQUEUE}":\n`);
  for (const { id, title, message } of SCENES) say(`    ${id}  ${title.padEnd(50)} ${shortBody(message.body)}`);
  say('\nWhat becomes of them:\n');
  return play(installation, say);
}

async function play(installation: Installation, say: Say): Promise<number> {
  const begunAt = Date.now();
  const stage = setUpStage(installation, (event) => {
    const line = lineFor(event);
    if (line) say(`${((event.at - begunAt) / 1000).toFixed(1).padStart(6)} s  ${line.who.padEnd(11)} ${line.what}`);
  });
  try {
    await stage.pool.start();
    await stage.dispatcher.start();
    await stage.sender.start();
    await stage.sender.declare(sharedQueue(TASKQUEUE, null)); // as every client does
    for (const { message } of SCENES) {
      await stage.sender.publish({ ...message, exchange: '', routingKey: TASKQUEUE, mandatory: true });
    }
    await stage.allEnded;
    await stage.pool.stop();
    await stage.dispatcher.stop();
    return await sumUp(stage, say);
  } finally {
    stage.pool.kill();
    await Promise.all([stage.pool.stop(), stage.dispatcher.stop(), stage.sender.stop()]);
  }
}

function setUpStage({ config, installed }: Installation, tell: (event: TaskqueueEvent) => void) {
  const server = createMemoryServer({ clock: systemClock });
  const broker = (name: string) => createMemoryBroker(server, { name });
  const open = new Set(SCENES.map(({ id }) => id));
  let end: () => void = () => undefined;
  const allEnded = new Promise<void>((resolve, reject) => {
    const cancel = systemClock.after(OVER_WITHIN_MS, () =>
      reject(new TaskqueueError('UNAVAILABLE', `the demo is not over after ${OVER_WITHIN_MS / 1000} s`)),
    );
    end = () => {
      cancel();
      resolve();
    };
  });
  const events = (event: TaskqueueEvent): void => {
    tell(event);
    if (isEnd(event) && 'id' in event) open.delete(event.id);
    if (open.size === 0) end();
  };
  const common = { clock: systemClock, logger: silentLogger, events, host: hostname(), orders: NO_ORDERS };
  const { general, amqp } = config;
  const types = { whenAbsent: general.defaultWorkitemType, map: general.workitemTypeMap };
  const dispatcher = new Dispatcher(
    { ...common, broker: broker('dispatcher'), daemon: 'dispatcher' },
    {
      formats: { types, fromPlugins: new Set() },
      maxMessageSize: general.maxMessageSize,
      workerTypeOf: () => Promise.reject(new TaskqueueError('UNREADABLE', 'no plugin brings this format')),
      queueType: amqp.queueType,
      unroutableTtlMs: general.unroutableTtlMs,
    },
  );
  const pool = new Pool({
    tools: { ...common, broker: broker('pool'), daemon: 'workerpool', queueType: amqp.queueType },
    plans: planOf(config, installed),
    childSpecFor: async () => ({ program: WORKER_PROGRAM, identity: null, environment: {}, workdir: homedir() }),
  });
  const sender = broker('sender');
  return { dispatcher, pool, sender, allEnded };
}

async function sumUp({ sender }: ReturnType<typeof setUpStage>, say: Say): Promise<number> {
  const places = await placesAtTheEnd(sender);
  say('\nIn the queues now:\n');
  for (const place of places) say(`    ${placeLine(place)}`);
  const found = new Set(places.flatMap(({ messages }) => messages.map(idOf)));
  const lost = SCENES.filter(({ id }) => !found.has(id)).map(({ id }) => id);
  say(`\n${SCENES.length} sent, ${found.size} accounted for, ${lost.length === 0 ? 'none' : lost.join(' ')} lost.`);
  say('An operator looks at what is in taskqueue.dead, and sends it again or deletes it.');
  return lost.length === 0 ? 0 : 1;
}

function demoInstallation(): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'taskqueue-demo-'));
  try {
    const file = join(directory, 'config.ini');
    const only = 'workers: first, second, mishaps';
    writeFileSync(file, `${DEMO_CONFIG}\n[taskqueue]\nplugin_path: ${PLUGINS}\n${only}\n`);
    const installation = loadInstallation(file, { isRoot: false });
    if (installation.config.groups.length > 0) return installation;
    throw new TaskqueueError('PLUGIN', `the example plugins are not in ${PLUGINS}: install taskqueue-extra`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function shortBody(body: Buffer): string {
  const text = body.toString('latin1').replace(/[^\x20-\x7e]/g, '·');
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
