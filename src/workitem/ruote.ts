// application/x-ruote-workitem: JSON. The worker type stands at `fields.params.worker_type` (Ruote's way) or at the top
// level as `worker_type` (for everybody else). Everything that we do not know in it travels along.
import { TaskqueueError } from '../core/errors.ts';
import type { WorkitemFormat } from './format.ts';
import { isJsonObject, ownValue, parseJson } from './json.ts';
import type { Wanted } from './json-gist.ts';
import { RuoteWorkitem } from './workitem.ts';

export const RUOTE_WORKITEM = 'application/x-ruote-workitem';

/** What of a large body has to be read to know its worker type. */
export const ruoteWanted: Wanted = { worker_type: {}, fields: { params: { worker_type: {} } } };

export const ruoteFormat: WorkitemFormat = {
  workerType(rawBody) {
    const body = parseJson(rawBody);
    if (!isJsonObject(body)) {
      throw new TaskqueueError('UNREADABLE', `the body is JSON but no object: ${kindOf(body)} names no worker type`);
    }
    const named =
      ownValue(ownValue(ownValue(body, 'fields'), 'params'), 'worker_type') ?? ownValue(body, 'worker_type');
    if (typeof named === 'string') return named;
    throw new TaskqueueError(
      'UNREADABLE',
      'the body names no worker type: a text is wanted at fields.params.worker_type or worker_type (or the header tq-type)',
    );
  },
  decode: parseJson,
  encode: (body) => Buffer.from(JSON.stringify(body) ?? 'null'),
  withError: (body, { error, trace }) => (isJsonObject(body) ? { ...body, error, trace } : undefined),
  workitemClass: RuoteWorkitem,
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
