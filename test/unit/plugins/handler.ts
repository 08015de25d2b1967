// What a handler of a plugin needs to be called as a plain function.
import { Buffer } from 'node:buffer';
import {
  type Context,
  type Envelope,
  type LogFields,
  type Logger,
  RuoteWorkitem,
  type WorkerInit,
} from '../../../src/worker/sdk.ts';

export function envelopeOf(workerType: string, contentType = 'application/json'): Envelope {
  return { id: 'one', workerType, contentType, properties: {}, headers: {} };
}

export function jsonWorkitem(workerType: string, body: unknown): RuoteWorkitem {
  return new RuoteWorkitem(envelopeOf(workerType), Buffer.from(JSON.stringify(body)), body);
}

export interface Said {
  readonly lines: { readonly fields: LogFields; readonly message: string }[];
  readonly progress: { readonly fraction: number; readonly note: string | undefined }[];
}

/** A context, and what the handler said through it. */
export function contextOf(signal: AbortSignal = new AbortController().signal): { context: Context; said: Said } {
  const said: Said = { lines: [], progress: [] };
  const context: Context = {
    signal,
    attempt: 1,
    logger: loggerInto(said),
    settings: {},
    instance: 'test#1',
    traceparent: undefined,
    progress: (fraction, note) => said.progress.push({ fraction, note }),
  };
  return { context, said };
}

function loggerInto(said: Said): Logger {
  const log = (fields: LogFields, message: string) => void said.lines.push({ fields, message });
  return { debug: log, info: log, warn: log, error: log };
}

export function initOf(settings: Record<string, string> = {}): WorkerInit {
  return { settings, logger: contextOf().context.logger };
}
