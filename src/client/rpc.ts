// Remote procedure calls: methods of workers, in JSON-RPC 2.0.
import { JSON_RPC } from '../workitem/json-rpc/answer.ts';
import { RPC_CODE } from '../workitem/json-rpc/codes.ts';
import { newId } from '../workitem/new-id.ts';
import { noResultYet, Timeout, taskError } from './errors.ts';
import type { Handle } from './handle.ts';
import { paramsOf, request, typeOfMethod } from './json-rpc.ts';
import { type Period, periodMs } from './period.ts';
import { type AnyMethods, type RemoteRoot, remoteRoot } from './remote.ts';
import type { Wish } from './submitter.ts';
import type { SubmitOptions } from './workitem-message.ts';

export interface CallOptions extends Omit<SubmitOptions, 'format' | 'replyTo'> {
  /** How long `call` waits for the result. What has not begun by then is not begun any more, unless options say when. */
  readonly wait?: Period;
}

export interface Remotes<Known = AnyMethods> {
  /** Resolves with the result: `await client.call.math.add(5, 6)`. */
  readonly call: RemoteRoot<'value', Known>;
  /** Resolves with a handle once the broker has the request: `const task = await client.task.math.add(5, 6)`. */
  readonly task: RemoteRoot<'handle', Known>;
  /** Resolves once the broker has the request, which is never answered. */
  readonly notify: RemoteRoot<'nothing', Known>;
}

interface RpcPort {
  readonly callWithinMs: number;
  submit(wish: Wish): Promise<Handle>;
}

export function remotesOf<Known>(port: RpcPort, options: CallOptions): Remotes<Known> {
  return {
    call: remoteRoot((name, args) => call(port, name, args, options)),
    task: remoteRoot((name, args) => start(port, name, args, withoutWait(options))),
    notify: remoteRoot(async (name, args) => {
      await start(port, name, args, { ...withoutWait(options), replyTo: null });
    }),
  };
}

function withoutWait({ wait: _, ...options }: CallOptions): SubmitOptions {
  return options;
}

async function call(port: RpcPort, name: string, args: readonly unknown[], options: CallOptions): Promise<unknown> {
  const ms = options.wait === undefined ? port.callWithinMs : periodMs('wait', options.wait);
  const { expires, delay, at } = options;
  const isTimed = expires !== undefined || delay !== undefined || at !== undefined;
  const wish = { ...withoutWait(options), ...(isTimed ? {} : { expires: ms }) };
  const handle = await start(port, name, args, wish, false);
  try {
    return await handle.wait(ms);
  } catch (err) {
    throw err instanceof Timeout ? await whyLate(handle, ms) : err;
  }
}

async function start(
  port: RpcPort,
  name: string,
  args: readonly unknown[],
  options: SubmitOptions,
  isWatched = true,
): Promise<Handle> {
  const type = typeOfMethod(name);
  const id = newId();
  const body = request(name, paramsOf(args), options.replyTo === null ? null : id);
  return port.submit({ id, type, body, options: { ...options, format: JSON_RPC }, isWatched });
}

/** A call that took too long for lack of anybody to take it says so; others say how far they are. */
async function whyLate(handle: Handle, ms: number): Promise<Error> {
  const status = await handle.status(); // the daemons are asked
  const { isUnroutable, reason } = handle.state;
  if (!isUnroutable) return noResultYet(handle, ms);
  const message = `nobody runs workers of type "${handle.type}": ${reason}`;
  return taskError({ id: handle.id, status, message, code: RPC_CODE.methodNotFound, trace: '' });
}
