// What a result says, as whoever gets it reads it: by its content type alone, without any plugin. Pure.
import { messageOf } from '../core/errors.ts';
import { BASIC_WORKITEM } from './basic.ts';
import { demandPlainEncoding } from './decode.ts';
import { parseJson, utf8 } from './json.ts';
import { JSON_RPC } from './json-rpc/answer.ts';
import type { Message } from './message.ts';
import { plainContentType } from './registry.ts';
import { RUOTE_WORKITEM } from './ruote.ts';

/** `why`: it is not what its content type says. */
export type Content =
  | { readonly isReadable: true; readonly value: unknown }
  | { readonly isReadable: false; readonly why: string };

/** From JSON its value, from text a string, from anything else a Buffer of its own. */
export function contentOf({ properties, body }: Pick<Message, 'properties' | 'body'>): Content {
  const read = readerOf(plainContentType(properties.contentType ?? ''));
  if (read === undefined) return { isReadable: true, value: Buffer.from(body) }; // a copy: the rest of its buffer can go
  try {
    demandPlainEncoding(properties);
    return { isReadable: true, value: read(body) };
  } catch (err) {
    return { isReadable: false, why: messageOf(err) };
  }
}

function readerOf(contentType: string): ((body: Buffer) => unknown) | undefined {
  if (IN_JSON.has(contentType) || /^application\/.*\+json$/.test(contentType)) return parseJson;
  return contentType.startsWith('text/') || contentType === BASIC_WORKITEM ? utf8 : undefined;
}

const IN_JSON: ReadonlySet<string> = new Set(['application/json', JSON_RPC, RUOTE_WORKITEM]);
