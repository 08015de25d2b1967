// Step 2 of the path: which worker type is a message for? A pure decision. Where a plugin's format has to read the body,
// it says so; asking that format is somebody else's work, for plugin code never runs in this process.

import type { Cancellation } from '../control/standing.ts';
import { messageOf } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { printable } from '../core/text.ts';
import type { Refusal } from '../handling/checks.ts';
import { demandPlainEncoding } from '../workitem/decode.ts';
import type { WorkitemFormat } from '../workitem/format.ts';
import { HEADER } from '../workitem/headers.ts';
import { gistInTurns, isLarge, type Wanted } from '../workitem/json-gist.ts';
import type { Message } from '../workitem/message.ts';
import { builtInFormats, type ContentTypes, formatName, wantedOfLarge } from '../workitem/registry.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';

/** Known by now: nobody has to be asked any more. */
export type Decided =
  /** `isFromBody`: found in the body, not in the header `tq-type`. */
  | { readonly kind: 'to'; readonly type: string; readonly isFromBody: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Back into `taskqueue`, with this count. */
  | { readonly kind: 'anew'; readonly redeliveries: number }
  /** It is not to be worked on. */
  | { readonly kind: 'cancelled'; readonly cancellation: Cancellation }
  /** Nobody can say it now. */
  | { readonly kind: 'unknown'; readonly error: string };

/** `ask`: the format of a plugin has to be asked; `large`: the body takes so long to read that others get turns meanwhile. */
export type Routing =
  | Decided
  | { readonly kind: 'ask'; readonly format: string }
  | { readonly kind: 'large'; readonly format: string };

export interface Formats {
  readonly types: ContentTypes;
  /** Names of the formats that plugins bring. */
  readonly fromPlugins: ReadonlySet<string>;
}

export function routingOf(message: Message, formats: Formats): Routing {
  const named = message.headers[HEADER.type];
  if (named !== undefined) return routingTo(named, `header ${HEADER.type}`, false);

  const contentType = message.properties.contentType || formats.types.whenAbsent;
  const format = formatName(contentType, formats.types);
  const builtIn = builtInFormats.get(format);
  try {
    if (builtIn ?? formats.fromPlugins.has(format)) demandPlainEncoding(message.properties);
    if (wantedOfLarge.has(format) && isLarge(message.body)) return { kind: 'large', format };
    if (builtIn) return routingTo(builtIn.workerType(message.body), 'the body', true);
  } catch (err) {
    return unreadable(messageOf(err));
  }
  return formats.fromPlugins.has(format) ? { kind: 'ask', format } : noFormat(contentType, format, formats);
}

/** The routing of a body that `routingOf` calls large: built in is its format. */
export async function routingOfLarge(body: Buffer, format: string): Promise<Decided> {
  try {
    const gist = await gistInTurns(body, wantedOfLarge.get(format) as Wanted);
    return routingTo((builtInFormats.get(format) as WorkitemFormat).workerType(gist), 'the body', true);
  } catch (err) {
    return unreadable(messageOf(err));
  }
}

/** The routing to a type that somebody has named: `source` says who. */
export function routingTo(named: unknown, source: string, isFromBody: boolean): Decided {
  if (isWorkerType(named)) return { kind: 'to', type: named, isFromBody };
  const shown = typeof named === 'string' ? `"${printable(named.slice(0, 80))}"` : plainKind(named);
  const error = `${source} names the worker type ${shown}, but ${WORKER_TYPE_RULE}`;
  return { kind: 'refused', refusal: { reason: 'invalid', error } };
}

function plainKind(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function unreadable(error: string): Decided {
  return { kind: 'refused', refusal: { reason: 'unreadable', error } };
}

function noFormat(contentType: string, format: string, { types, fromPlugins }: Formats): Decided {
  const known = [...Object.keys(types.map), ...builtInFormats.keys(), ...fromPlugins];
  const shown = printable(contentType.slice(0, 120));
  return unreadable(
    `no format reads content type "${shown}"${didYouMean(format, known)}; any body can be sent with the header ${HEADER.type}`,
  );
}
