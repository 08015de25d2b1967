// A session whose plugin brings functions, and a pool that calls them by JSON-RPC.
import type { WorkerOutcome, WorkerSetup } from '../../../../src/child/protocol.ts';
import type { Given } from '../pool-end.ts';
import { startSession } from '../session-in-process.ts';

export interface Called {
  readonly outcome: WorkerOutcome;
  /** What the caller gets; `null`: nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly answer: any;
}

export function startRpc(functions: object, setup: Partial<WorkerSetup> = {}) {
  const session = startSession(functions, { code: { kind: 'rpc', module: '/worker.js' }, ...setup });

  function give(body: unknown, given: Partial<Given> = {}): Promise<void> {
    return session.give(body, { contentType: 'application/json-rpc', ...given });
  }

  async function called(): Promise<Called> {
    const { outcome, body } = await session.frame('outcome');
    return { outcome, answer: body === '' ? null : JSON.parse(body) };
  }

  async function call(body: unknown, given: Partial<Given> = {}): Promise<Called> {
    await give(body, given);
    return called();
  }

  return { ...session, give, called, call };
}

/** The worker type of sessions is `a`. */
export function request(method: string, params?: unknown, id: unknown = 1): object {
  return { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }), id };
}

export function notification(method: string, params?: unknown): object {
  return { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) };
}
