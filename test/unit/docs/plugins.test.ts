// docs/plugins.md shows code that people copy. Its listings are the files of test/fixtures/plugins-doc, which the type
// check and the linter see; here they run.
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/plugin/manifest.ts';
import { makeWorker } from '../../../src/worker/plugin-worker.ts';
import * as sdk from '../../../src/worker/sdk.ts';
import { decodeWorkitem, encodeFailure, encodeResult } from '../../../src/workitem/decode.ts';
import { builtInFormats } from '../../../src/workitem/registry.ts';
import Auditor from '../../fixtures/plugins-doc/auditor/worker.js';
import Greeter from '../../fixtures/plugins-doc/greeter/worker.js';
import Patient from '../../fixtures/plugins-doc/patient/worker.js';
import * as prices from '../../fixtures/plugins-doc/prices/prices.js';
import format from '../../fixtures/plugins-doc/your-workitem/format.js';
import Shouter from '../../fixtures/plugins-doc/your-workitem/worker.js';
import { read } from '../config/read.ts';
import { contextOf, envelopeOf, initOf, jsonWorkitem } from '../plugins/handler.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FIXTURES = here('../../fixtures/plugins-doc/');
const PLUGINS = here('../../../plugins/');
const DOC = readFileSync(here('../../../docs/plugins.md'), 'utf8');

/** Code blocks that follow a line with the name of their file, by that name. */
const LISTINGS = new Map(
  [...DOC.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, path, code]) => [path, code]),
);

function filesBelow(directory: string, prefix = ''): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesBelow(path, `${prefix}${name}/`) : [`${prefix}${name}`];
  });
}

describe('the listings', () => {
  it('are all those of the fixtures, and no others', () => {
    expect([...LISTINGS.keys()].sort()).toEqual(filesBelow(FIXTURES).sort());
    const code = [...DOC.matchAll(/^```(json|js)$/gm)];
    expect(code).toHaveLength(LISTINGS.size);
  });

  it.each(filesBelow(FIXTURES))('show %s as it is', (path) => {
    expect(LISTINGS.get(path)).toBe(readFileSync(join(FIXTURES, path), 'utf8'));
  });

  it.each(['greeter', 'prices', 'your-workitem'])('hold a package.json that makes %s a plugin', (name) => {
    const text = LISTINGS.get(`${name}/package.json`) as string;
    expect(readManifest(JSON.parse(text), join(FIXTURES, name))).toMatchObject({ kind: 'plugin' });
  });
});

describe('the configuration on the page, and in the READMEs of the example plugins,', () => {
  const readmes = ['simpledownloader', 'simplebuilder', 'checksum', 'shout'].map((name) =>
    readFileSync(`${PLUGINS}${name}/README.md`, 'utf8'),
  );
  const blocks = [DOC, ...readmes].flatMap((text) => [...text.matchAll(/^```ini\n([\s\S]*?)^```$/gm)]);

  it('is right', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const [, text] of blocks) {
      const { findings } = read(text as string, [
        'greeter',
        'patient',
        'prices',
        'simpledownloader',
        'simplebuilder',
        'checksum',
        'shout',
      ]);
      expect(findings).toEqual([]);
    }
  });
});

describe('prices', () => {
  const context = { ...contextOf().context, settings: { vat_de: '0.25' } } as unknown as sdk.RpcContext;

  it('are told to whoever calls, by position and by name', async () => {
    expect([prices.total(20, 3), prices.total(20)]).toEqual([60, 20]);
    expect(await prices.gross.call(context, { price: 20, country: 'DE' })).toBe(25);
  });

  it('have a rate, or the parameters are wrong', async () => {
    await expect(prices.gross.call(context, { price: 20, country: 'FR' })).rejects.toThrow(sdk.InvalidParams);
  });
});

describe('greeter', () => {
  it('greets', async () => {
    const worker = new Greeter(initOf());
    const greeted = worker.handleTask(jsonWorkitem('greeter', { name: 'Ada' }), contextOf().context);
    expect(await greeted).toEqual({ greeting: 'Hello, Ada!' });
    await expect(worker.handleTask(jsonWorkitem('greeter', {}), contextOf().context)).rejects.toThrow(
      'nobody to greet',
    );
  });

  it('works in CommonJS', async () => {
    const module = { exports: {} as unknown };
    const required = (name: string) => (name === 'taskqueue' ? sdk : undefined);
    new Function('require', 'module', LISTINGS.get('greeter-cjs/worker.cjs') as string)(required, module);
    const worker = makeWorker(module.exports, {}, initOf().logger);
    const greeted = worker.handleTask(jsonWorkitem('greeter', { name: 'Ada' }), contextOf().context);
    expect(await greeted).toEqual({ greeting: 'Hello, Ada!' });
  });
});

describe('patient', () => {
  let server: Server;
  let status: number;

  beforeEach(async () => {
    server = createServer((request, response) => {
      response.writeHead(status);
      request.pipe(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function handle(answer: number, attempt = 1): Promise<unknown> {
    status = answer;
    const { port } = server.address() as AddressInfo;
    const worker = new Patient(initOf({ service: `http://127.0.0.1:${port}/` }));
    return worker.handleTask(jsonWorkitem('patient', { a: 1 }), { ...contextOf().context, attempt });
  }

  it('hands back what the service answers', async () => {
    expect(await handle(200)).toEqual(Buffer.from('{"a":1}'));
  });

  it('says by what it throws what shall follow', async () => {
    await expect(handle(503)).rejects.toMatchObject({ name: 'RetryLater', delayMs: 60_000 });
    await expect(handle(402)).rejects.toMatchObject({ name: 'Reject' });
    await expect(handle(500)).rejects.toMatchObject({ name: 'Error', message: 'the service answered 500' });
    await expect(handle(503, 100)).rejects.toMatchObject({ name: 'Error', message: 'the service answered 503' });
  });

  it('does not start with a service that is none', () => {
    expect(() => new Patient(initOf({ service: 'nowhere' }))).toThrow('Invalid URL');
  });
});

describe('auditor', () => {
  it('reports to two places, whatever the outcome', async () => {
    const published: unknown[] = [];
    const channel: sdk.ReportChannel = {
      publish: async (...call) => void published.push(call),
      report: async (result) => void published.push(result),
    };
    const worker = new Auditor(initOf());
    const workitem = jsonWorkitem('auditor', {});
    expect(worker.handleTask(workitem)).toEqual({ length: 2 });
    await worker.reportResults(channel, workitem, { length: 2 });
    workitem.error = 'oh';
    await worker.reportResults(channel, workitem, workitem);
    const json = { contentType: 'application/json' };
    expect(published).toEqual([
      ['', 'audit', '{"id":"one","error":null}', json],
      { length: 2 },
      ['', 'audit', '{"id":"one","error":"oh"}', json],
      workitem,
    ]);
  });
});

describe('your-workitem', () => {
  const FORMAT = 'application/x-your-workitem';
  const TYPES = { whenAbsent: 'application/json', map: {} };
  const formats = new Map([...builtInFormats, [FORMAT, format as sdk.WorkitemFormat]]);
  const rawBody = Buffer.from('worker: shouter\ntext: hello\n');
  const envelope = envelopeOf('shouter', FORMAT);

  it('names its worker, or none', () => {
    expect(format.workerType(rawBody)).toBe('shouter');
    expect(format.workerType(Buffer.from('text: hello\n'))).toBe('');
  });

  it('reaches the worker as what its format makes of it, and comes back in it', () => {
    const workitem = decodeWorkitem(envelope, rawBody, formats, TYPES) as sdk.Workitem<Record<string, string>>;
    const result = encodeResult(new Shouter(initOf()).handleTask(workitem), formats, TYPES);
    expect({ ...result, body: result.body.toString() }).toEqual({
      contentType: FORMAT,
      body: 'worker: shouter\ntext: HELLO\n',
    });
  });

  it('comes back with its error in it', () => {
    const failure = { mishap: 'threw', error: 'two\nlines', trace: '' } as const;
    const result = encodeFailure(envelope, rawBody, failure, { formats, types: TYPES, maxMessageSize: 1000 });
    expect(result?.body.toString()).toBe('worker: shouter\ntext: hello\nerror: two lines\n');
  });

  it('is unreadable where its lines are none', () => {
    const read = () => decodeWorkitem(envelope, Buffer.from('rubbish'), formats, TYPES);
    expect(read).toThrow('the body cannot be read: no line "name: value": rubbish');
  });
});
