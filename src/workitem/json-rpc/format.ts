// application/json-rpc, as a workitem format. The calls of RPC workers are read and answered by the other files here; a
// worker class that takes this format sees the request as JSON.
import { TaskqueueError } from '../../core/errors.ts';
import type { WorkitemFormat } from '../format.ts';
import { typeOfCalls } from './address.ts';
import { type Calls, readCalls } from './read.ts';

export const jsonRpcFormat: WorkitemFormat = {
  workerType: (rawBody) => typeOfCalls(callsIn(rawBody)),
  decode(rawBody, { workerType }) {
    const calls = callsIn(rawBody);
    typeOfCalls(calls, workerType);
    return calls.body;
  },
  encode: (body) => Buffer.from(JSON.stringify(body) ?? 'null'),
};

/** @throws TaskqueueError `UNREADABLE` */
export function callsIn(rawBody: Buffer): Calls {
  const reading = readCalls(rawBody);
  if (reading.kind === 'calls') return reading.calls;
  throw new TaskqueueError('UNREADABLE', reading.error);
}
