// The programs of docs/client.md, run as their readers run them.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { Pipeline } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { outputOf } from '../support/run.ts';

const PROGRAMS = fileURLToPath(new URL('../fixtures/client-doc/', import.meta.url));
const broker = await freshVhost();
const pipeline = new Pipeline(broker, '[math]\n');
const daemons: Daemon[] = [];

beforeAll(async () => {
  pipeline.installFixture('plugins-doc/greeter', 'greeter');
  pipeline.installFixture('client-plugins/resize', 'resize');
  pipeline.installFixture('../../plugins/math', 'math');
  daemons.push(await pipeline.dispatcher(), await pipeline.pool(3));
});

afterAll(() => Promise.all(daemons.map((daemon) => daemon.stop())));

/** What has happened before a program looks, it does not see: on a busy machine, a worker may be that quick. */
const PRINTED: Readonly<Record<string, string | RegExp>> = {
  'submit.js': "{ greeting: 'Hello, Ada!' }\n",
  'call.js': '11\n3.5\ntrue\n11\n-32601\ndivision by zero\n',
  'progress.js': /^(RUNNING 5000\n)?50 %: a\.png is read\nFINISHED 7000\n\{ image: 'small-a\.png' \}\n$/,
  'updates.js': /^(QUEUED null \n)?RUNNING null \nRUNNING 0\.5 a\.png is read\nFINISHED 0\.5 a\.png is read\n$/,
  'many.js': "{ greeting: 'Hello, Ada!' }\n{ greeting: 'Hello, Grace!' }\n{ greeting: 'Hello, Barbara!' }\n",
  'later.js': 'Timeout QUEUED\nTaskError CANCELLED\n',
  'sum.cjs': '11\n',
};

describe('on the page', () => {
  it('there are these programs, and one that only the type check runs', () => {
    expect(readdirSync(PROGRAMS).sort()).toEqual([...Object.keys(PRINTED), 'typed.ts'].sort());
  });

  it.each(Object.entries(PRINTED))('%s prints what it says there', async (name, printed) => {
    const env = { ...process.env, TASKQUEUE_URL: broker.url };
    const output = await outputOf(process.execPath, [PROGRAMS + name], { env });
    if (typeof printed === 'string') expect(output).toBe(printed);
    else expect(output).toMatch(printed);
  });
});
