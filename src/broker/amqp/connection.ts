// One connection to one broker host, from the login to its end. It is never repaired: whoever needs another makes one.
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import { type ChannelModel, connect } from 'amqplib';
import { type Clock, within } from '../../core/clock.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { guardFrames } from './frame-guard.ts';
import { Outbox } from './outbox.ts';
import { CONNECT_TIMEOUT_MS } from './problems.ts';
import { vhostRefusal } from './vhost-refusal.ts';

export interface Host {
  readonly host: string;
  readonly port: number;
}

/** Whose broker it is, and how we show ourselves. The configuration's `[amqp]` has this shape. */
export interface AmqpLogin {
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  /** Paths; read whenever we connect, so that a renewed certificate needs no restart. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null } | null;
  readonly heartbeatSeconds: number;
}

/** How long a connection may take to say goodbye. */
const GOODBYE_MS = 2_000;
const SOCKET_OPTIONS = {
  timeout: CONNECT_TIMEOUT_MS,
  noDelay: true,
  keepAlive: true,
  keepAliveDelay: 30_000,
};

export class Connection {
  readonly model: ChannelModel;
  /** Resolves with the reason when it is over, ours or the broker's. */
  readonly ended: Promise<string>;
  /** Aborts with it. */
  readonly over: AbortSignal;
  /** Opens another one, with the same login to the same host. `what` it is for, the broker lists with it. */
  readonly another: (what: string) => Promise<Connection>;
  /** What we say goes this way. */
  readonly outbox: Outbox;
  readonly #clock: Clock;
  readonly #socketEnd: AbortController;
  #isOpen = true;
  #endCode: number | null = null;

  constructor(model: ChannelModel, socketEnd: AbortController, clock: Clock, another: Connection['another']) {
    this.model = model;
    this.another = another;
    this.outbox = new Outbox(model);
    this.#socketEnd = socketEnd;
    this.#clock = clock;
    const over = new AbortController();
    setMaxListeners(0, over.signal); // one for each consumer
    this.over = over.signal;
    let problem = 'the connection was closed';
    model.on('error', (err: Error) => {
      problem = err.message;
    });
    this.ended = new Promise((resolve) => {
      model.on('close', (err?: Error & { readonly code?: unknown }) => {
        this.#isOpen = false;
        if (typeof err?.code === 'number') this.#endCode = err.code;
        setImmediate(() => socketEnd.abort()); // amqplib only says goodbye to a peer that may be gone for long
        resolve(printable(err?.message ?? problem));
        over.abort();
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The broker's reply code; `null` where it is not the broker who has ended it, or nobody has. */
  get endCode(): number | null {
    return this.#endCode;
  }

  /** Resolves when it is over: with the broker's goodbye, with the network's end, or without either after two seconds. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    const goodbye = this.model.close().catch(() => undefined);
    await within(this.#clock, GOODBYE_MS, Promise.race([goodbye, this.ended]));
    this.#isOpen = false;
    this.#socketEnd.abort();
  }
}

/** Rejects with whatever amqplib, the network or the broker says: `connectProblem` makes a sentence of it. */
export async function openConnection(
  host: Host,
  login: AmqpLogin,
  shownAs: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection> {
  const { user, password, vhost, heartbeatSeconds } = login;
  const credentials = login.tls === null ? {} : await tlsFiles(login.tls);
  signal.throwIfAborted();
  const socketEnd = new AbortController();
  const clientProperties = { connection_name: shownAs };
  const socketOptions = { ...credentials, ...SOCKET_OPTIONS, clientProperties, signal: socketEnd.signal };
  const protocol = login.tls === null ? 'amqp' : 'amqps';
  const address = { protocol, hostname: host.host, port: host.port };
  // amqplib unescapes the vhost even where it is not part of a URL; user and password it takes as they are.
  const options = { ...address, username: user, password, vhost: encodeURIComponent(vhost) };
  const giveUp = (): void => socketEnd.abort();
  signal.addEventListener('abort', giveUp);
  try {
    const model = await connect({ ...options, heartbeat: heartbeatSeconds }, socketOptions);
    guardFrames(model);
    const another = (what: string) => openConnection(host, login, `${shownAs}, ${what}`, clock, signal);
    const connection = new Connection(model, socketEnd, clock, another);
    if (connection.outbox.isOpen) return connection;
    // The broker's goodbye came together with its welcome: amqplib has told of it before anybody could listen.
    setImmediate(giveUp);
    throw new Error('the broker closed the connection as soon as it was open');
  } catch (err) {
    if (!messageOf(err).includes('got <ConnectionClose')) throw err;
    throw new Error(await refusalInWords(host, login, credentials), { cause: err });
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function tlsFiles(files: NonNullable<AmqpLogin['tls']>): Promise<tls.ConnectionOptions> {
  const read: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name];
    if (path !== null) read[name] = await fileOf(name, path);
  }
  return read;
}

async function fileOf(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (err) {
    throw new TaskqueueError('UNAVAILABLE', `cannot read ${option} of [amqp], ${path}: ${messageOf(err)}`, {
      cause: err,
    });
  }
}

async function refusalInWords(host: Host, login: AmqpLogin, credentials: tls.ConnectionOptions): Promise<string> {
  const socket =
    login.tls === null
      ? net.connect({ host: host.host, port: host.port })
      : tls.connect({ ...credentials, ...(net.isIP(host.host) ? {} : { servername: host.host }), ...host });
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
  try {
    return (
      (await vhostRefusal(socket, login)) ?? `the broker closed the connection when asked for vhost ${login.vhost}`
    );
  } finally {
    socket.destroy();
  }
}
