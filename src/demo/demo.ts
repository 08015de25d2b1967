// `taskqueue demo`: the whole system in one process, on the memory broker, with real worker processes of the example
// plugins. Sends one workitem of each kind and tells what happens to it, as it happens.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import { systemClock } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { PACKAGE } from '../core/own-package.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { toQueue } from '../handling/to-queue.ts';
import type { Installation } from '../installation/load.ts';
import { installationOf } from '../testing/installation.ts';
import { System } from '../testing/system.ts';
import { DEMO_CONFIG, SCENES } from './scenes.ts';
import { isEnd, lineFor } from './story.ts';
import { idOf, placeLine, placesAtTheEnd } from './tally.ts';

const DEMO_PLUGINS = ['first', 'second', 'mishaps'];
const PLUGINS = join(PACKAGE, 'plugins');
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
  const { system, allEnded } = setUpStage(installation, (event) => {
    const line = lineFor(event);
    if (line) say(`${((event.at - begunAt) / 1000).toFixed(1).padStart(6)} s  ${line.who.padEnd(11)} ${line.what}`);
  });
  try {
    await system.start();
    await system.sender.declare(sharedQueue(TASKQUEUE, null)); // as every client does
    for (const { message } of SCENES) {
      await system.sender.publish(toQueue(message, TASKQUEUE));
    }
    await allEnded;
    await system.pool.stop();
    await system.dispatcher.stop();
    return await sumUp(system, say);
  } finally {
    system.kill();
    await system.stop();
  }
}

function setUpStage(installation: Installation, tell: (event: TaskqueueEvent) => void) {
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
  return { system: new System(installation, { clock: systemClock, logger: silentLogger, events }), allEnded };
}

async function sumUp({ sender }: System, say: Say): Promise<number> {
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
  const plugins = DEMO_PLUGINS.map((name) => join(PLUGINS, name));
  if (plugins.every((path) => existsSync(path))) return installationOf(plugins, DEMO_CONFIG);
  throw new TaskqueueError('PLUGIN', `the example plugins are not in ${PLUGINS}: install taskqueue-extra`);
}

function shortBody(body: Buffer): string {
  const text = body.toString('latin1').replace(/[^\x20-\x7e]/g, '·');
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
