import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import SimpleDownloader from '../../../plugins/simpledownloader/worker.js';
import type { Context } from '../../../src/worker/sdk.ts';
import { contextOf, initOf, jsonWorkitem } from './handler.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const CONTENT = Buffer.from('what the file holds\n'.repeat(1000));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

const connections = new Set<Socket>();
let server: Server;
let answer: Answer;
let base: string;
let parent: string;
let workdir: string;

beforeEach(async () => {
  answer = (_, response) => response.end(CONTENT);
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  parent = mkdtempSync(join(tmpdir(), 'downloader-'));
  workdir = join(parent, 'workdir');
  mkdirSync(workdir);
  vi.spyOn(process, 'cwd').mockReturnValue(workdir);
});

afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  rmSync(parent, { recursive: true });
});

async function handle(body: unknown, settings: Record<string, string> = {}, context: Context = contextOf().context) {
  const workitem = jsonWorkitem('simpledownloader', body);
  const result = await new SimpleDownloader(initOf(settings)).handleTask(workitem, context);
  expect(result).toBe(workitem);
  return workitem.body;
}

describe('a download', () => {
  it('ends as a file in the working directory, with its path, size and checksum in plain JSON', async () => {
    const url = `${base}/pool/hello_1.0.dsc?from=here`;
    const file = join(workdir, 'hello_1.0.dsc');
    expect(await handle({ url, other: true })).toEqual({
      url,
      other: true,
      file,
      size: CONTENT.length,
      sha256: SHA256,
    });
    expect(readFileSync(file)).toEqual(CONTENT);
    expect(readdirSync(workdir)).toEqual(['hello_1.0.dsc']);
  });

  it('is asked for and reported in the fields of a Ruote workitem', async () => {
    const body = { fei: { wfid: 'w' }, fields: { url: `${base}/a`, kept: 1 } };
    expect(await handle(body)).toEqual({
      fei: { wfid: 'w' },
      fields: { url: `${base}/a`, kept: 1, file: join(workdir, 'a'), size: CONTENT.length, sha256: SHA256 },
    });
  });

  it('prefers what the params of a Ruote workitem say', async () => {
    const params = { url: `${base}/new`, filename: 'named' };
    const body = await handle({ url: `${base}/top`, fields: { url: `${base}/old`, params } });
    expect(body).toMatchObject({ fields: { params, file: join(workdir, 'named') } });
    expect(readdirSync(workdir)).toEqual(['named']);
  });

  it('may have the checksum that the workitem names', async () => {
    expect(await handle({ url: `${base}/a`, sha256: SHA256.toUpperCase() })).toMatchObject({ sha256: SHA256 });
  });

  it('follows redirects, and keeps the name of the URL that was asked for', async () => {
    answer = (request, response) =>
      request.url === '/begin'
        ? response.writeHead(302, { location: '/elsewhere' }).end('not this')
        : response.end(CONTENT);
    await handle({ url: `${base}/begin` });
    expect(readFileSync(join(workdir, 'begin'))).toEqual(CONTENT);
  });

  it('keeps a compressed file compressed, whatever the server calls it', async () => {
    const packed = gzipSync(CONTENT);
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    await handle({ url: `${base}/source.tar.gz` });
    expect(readFileSync(join(workdir, 'source.tar.gz'))).toEqual(packed);
  });

  it('replaces an older file of that name; of a link, the link and not what it leads to', async () => {
    writeFileSync(join(parent, 'precious'), 'precious');
    symlinkSync(join(parent, 'precious'), join(workdir, 'a'));
    await handle({ url: `${base}/a` });
    expect(readFileSync(join(workdir, 'a'))).toEqual(CONTENT);
    expect(readFileSync(join(parent, 'precious'), 'utf8')).toBe('precious');
  });

  it('stays in the working directory whatever path the URL spells', async () => {
    await handle({ url: `${base}/x/%2e%2e%2f..%2f..%2fescaped` });
    expect(readdirSync(workdir)).toEqual(['escaped']);
    expect(readdirSync(parent)).toEqual(['workdir']);
  });

  it('tells how far it is', async () => {
    const { context, said } = contextOf();
    answer = (_, response) => response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT);
    await handle({ url: `${base}/a` }, {}, context);
    expect(said.progress.at(-1)).toEqual({ fraction: 1, note: `${CONTENT.length} bytes` });
    expect(said.lines.map(({ message }) => message)).toEqual(['download begins', 'downloading', 'download complete']);
  });

  it('shows neither password nor query of the URL in the log', async () => {
    const { context, said } = contextOf();
    await handle({ url: `${base.replace('//', '//me:secret@')}/a?token=hidden` }, {}, context);
    expect(JSON.stringify(said)).not.toMatch(/secret|hidden/);
  });
});

describe('a download that fails', () => {
  afterEach(() => expect(readdirSync(workdir)).toEqual([])); // nothing is left behind

  it.each([
    [404, 'Not Found'],
    [500, 'Internal Server Error'],
    [204, 'No Content'],
    [304, 'Not Modified'],
  ])('says that the server answered %i', async (status, words) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(handle({ url: `${base}/a` })).rejects.toThrow(`answered ${status} ${words}`);
  });

  it('refuses a file that has another checksum', async () => {
    const wanted = '0'.repeat(64);
    const failure = handle({ url: `${base}/a`, sha256: wanted });
    await expect(failure).rejects.toThrow(`sent a file with sha256 ${SHA256}, wanted was ${wanted}`);
  });

  it('refuses a file that is announced as too large, without waiting for it', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 2048 }).flushHeaders();
    await expect(handle({ url: `${base}/a` }, { max_size: '1K' })).rejects.toThrow('larger than max_size = 1024 bytes');
  });

  it('stops a file that turns out to be too large', async () => {
    answer = (_, response) => pourForever(response);
    await expect(handle({ url: `${base}/a` }, { max_size: '1M' })).rejects.toThrow(
      'larger than max_size = 1048576 bytes',
    );
  });

  it('stops after five redirects', async () => {
    let requests = 0;
    answer = (_, response) => response.writeHead(302, { location: `/${++requests}` }).end();
    await expect(handle({ url: `${base}/a` })).rejects.toThrow('redirects more than 5 times');
    expect(requests).toBe(6);
  });

  it.each([
    ['file:///etc/passwd', 'file: is not allowed'],
    ['ftp://127.0.0.1/a', 'ftp: is not allowed'],
    ['http://', 'redirects to nowhere'],
    [undefined, 'redirects to nowhere'],
  ])('does not follow a redirect to %s', async (location, message) => {
    answer = (_, response) => response.writeHead(301, location === undefined ? {} : { location }).end();
    await expect(handle({ url: `${base}/a` })).rejects.toThrow(message);
  });

  it('does not follow a redirect to a host that is not allowed', async () => {
    answer = (_, response) => response.writeHead(301, { location: 'http://169.254.169.254/secrets' }).end();
    const failure = handle({ url: `${base}/a` }, { allowed_hosts: '127.0.0.1, *.example.org' });
    await expect(failure).rejects.toThrow('169.254.169.254 is not among the allowed_hosts');
  });

  it('gives up a server that says nothing', async () => {
    answer = () => undefined;
    await expect(handle({ url: `${base}/a` }, { idle_timeout: '50ms' })).rejects.toThrow('sent nothing for 50 ms');
  });

  it('gives up a server that stops half-way', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 100 }).write('half');
    await expect(handle({ url: `${base}/a` }, { idle_timeout: '50ms' })).rejects.toThrow('sent nothing for 50 ms');
  });

  it.each([{ 'content-length': 100 }, { 'transfer-encoding': 'chunked' }])(
    'fails where the connection is cut half-way: %o',
    async (headers) => {
      answer = (_, response) => response.writeHead(200, headers).write('half', () => response.destroy());
      await expect(handle({ url: `${base}/a` })).rejects.toThrow('cut the connection before the end');
    },
  );

  it('fails where nobody listens', async () => {
    await once(server.close(), 'close');
    await expect(handle({ url: `${base}/a` })).rejects.toThrow('ECONNREFUSED');
  });

  it.each<[string, Answer]>([
    ['before the answer', () => undefined],
    ['in the middle of the file', (_, response) => response.writeHead(200).write('half')],
  ])('ends with the reason of the abort: %s', async (_when, then) => {
    const aborter = new AbortController();
    answer = (request, response) => {
      then(request, response);
      setImmediate(() => aborter.abort(new Error('the time is up')));
    };
    const failure = handle({ url: `${base}/a` }, {}, contextOf(aborter.signal).context);
    await expect(failure).rejects.toThrow('the time is up');
    await Promise.all([...connections].map((socket) => once(socket, 'close'))); // and lets go of the server
  });
});

describe('a download in the place of a directory', () => {
  it('fails, and leaves the directory as it is', async () => {
    mkdirSync(join(workdir, 'a'));
    await expect(handle({ url: `${base}/a` })).rejects.toThrow(/EISDIR|ENOTEMPTY/);
    expect(readdirSync(workdir)).toEqual(['a']);
  });
});

/** Writes until nobody reads any more. */
function pourForever(response: ServerResponse): void {
  response.write(Buffer.alloc(64 * 1024), (err) => {
    if (!err && !response.destroyed) pourForever(response);
  });
}
