// application/x-basic-workitem: text. Published to `taskqueue` without `tq-type` it reads `<worker_type> <rest>`, and
// the handler sees the rest; otherwise the whole text is the body. The result has the shape that the workitem had.
import { TaskqueueError } from '../core/errors.ts';
import type { WorkitemFormat } from './format.ts';
import { HEADER } from './headers.ts';
import { utf8 } from './json.ts';
import { BasicWorkitem, type Envelope, Workitem } from './workitem.ts';

export const BASIC_WORKITEM = 'application/x-basic-workitem';

export const basicFormat: WorkitemFormat<string> = {
  workerType(rawBody) {
    const end = rawBody.indexOf(' ');
    const named = rawBody.toString('utf8', 0, Math.min(end < 0 ? rawBody.length : end, 512));
    if (named !== '') return named;
    throw new TaskqueueError('UNREADABLE', 'the text names no worker type: "<worker_type> <rest>" is wanted');
  },
  decode(rawBody, envelope) {
    const text = utf8(rawBody);
    return text.slice(prefixOf(envelope, text).length);
  },
  encode(body, envelope) {
    const prefix = prefixOf(envelope, `${envelope.workerType} `);
    const hadNoRest = envelope instanceof Workitem && !envelope.rawBody.includes(' ');
    return Buffer.from(body === '' && hadNoRest ? prefix.trimEnd() : prefix + String(body));
  },
  withError: (body, { error, trace }) => `${body}\nError: ${error}\nTrace: ${trace}`,
  workitemClass: BasicWorkitem,
};

/** The worker type in front, with its space, where this workitem carries it in its text. */
function prefixOf(envelope: Envelope, text: string): string {
  const isNamedInText = HEADER.routed in envelope.headers && !(HEADER.type in envelope.headers);
  return isNamedInText ? text.slice(0, text.indexOf(' ') + 1 || text.length) : '';
}
