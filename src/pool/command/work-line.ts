// A workitem as a line for a program: what Node's worker processes do by themselves with what they get – look at its
// format, read its body – the pool does here, for the formats that are built in. The formats of plugins are code, and
// are not run in this process: such a body goes on as the bytes that it is. Pure.
import { messageOf } from '../../core/errors.ts';
import { isAccepted } from '../../workitem/accept.ts';
import type { Codec } from '../../workitem/codec.ts';
import { decodeWorkitem, demandPlainEncoding } from '../../workitem/decode.ts';
import { utf8 } from '../../workitem/json.ts';
import { jsonCopy } from '../../workitem/json-copy.ts';
import { gistOf } from '../../workitem/json-gist.ts';
import { checkJson } from '../../workitem/json-outline.ts';
import { typeOfCalls } from '../../workitem/json-rpc/address.ts';
import { JSON_RPC } from '../../workitem/json-rpc/answer.ts';
import { callsIn } from '../../workitem/json-rpc/format.ts';
import { callsWanted } from '../../workitem/json-rpc/read.ts';
import { formatName } from '../../workitem/registry.ts';
import { RUOTE_WORKITEM } from '../../workitem/ruote.ts';
import type { Envelope } from '../../workitem/workitem.ts';
import type { Order } from '../process-life.ts';
import { type Conclusion, unreadable, unsupported } from './conclusion.ts';

/** What a program is told of each workitem, besides the workitem. */
export interface Terms {
  /** Content types that it takes. */
  readonly accept: readonly string[];
  /** It wants all bodies as bytes. */
  readonly raw: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly codec: Codec;
}

export type WorkLine =
  /** Without its newline. */
  | { readonly kind: 'line'; readonly text: string }
  /** Nothing that the program could do anything about. */
  | { readonly kind: 'answered'; readonly conclusion: Conclusion };

type Work = Extract<Order, { kind: 'work' }>;

export function workLine({ job, envelope, attempt }: Work, rawBody: Buffer, terms: Terms): WorkLine {
  const written = bodyOf(envelope, rawBody, terms);
  if ('unreadable' in written) {
    return { kind: 'answered', conclusion: unreadable(written.unreadable) };
  }
  if (!isAccepted(terms.accept, envelope.contentType, terms.codec.types)) {
    return { kind: 'answered', conclusion: unsupported(envelope, rawBody, terms.codec) };
  }
  const { id, workerType: type, contentType, properties, headers } = envelope;
  const { settings, instance } = terms;
  const rest = JSON.stringify({ id, type, contentType, attempt, instance, settings, properties });
  // The job first and the body second: a shell finds them without a parser.
  return { kind: 'line', text: `{"job":${job},${written.member},${rest.slice(1, -1)},"headers":${jsonCopy(headers)}}` };
}

type Written = { readonly member: string } | { readonly unreadable: string };

function bodyOf(envelope: Envelope, rawBody: Buffer, { raw, codec: { formats, types } }: Terms): Written {
  const asBytes = (): Written => ({ member: `"bodyBase64":"${rawBody.toString('base64')}"` });
  if (raw) return asBytes();
  const format = formatName(envelope.contentType, types);
  try {
    if (format === RUOTE_WORKITEM) {
      demandPlainEncoding(envelope.properties);
      checkJson(rawBody);
      return { member: `"body":${inOneLine(rawBody)}` };
    }
    if (format === JSON_RPC) {
      demandPlainEncoding(envelope.properties);
      typeOfCalls(callsIn(gistOf(rawBody, callsWanted)), envelope.workerType);
      return { member: `"body":${inOneLine(rawBody)}` };
    }
    const { body } = decodeWorkitem(envelope, rawBody, formats, types);
    return body instanceof Uint8Array ? asBytes() : { member: `"body":${JSON.stringify(body)}` };
  } catch (err) {
    return { unreadable: messageOf(err) };
  }
}

/** JSON as its sender wrote it, digits and all. In JSON, a line break is but space between the parts. */
function inOneLine(json: Buffer): string {
  return utf8(json)
    .replace(/^\ufeff/, '')
    .replace(/[\r\n]/g, ' ');
}
