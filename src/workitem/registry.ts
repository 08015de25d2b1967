// Which format reads which content type.
import { BASIC_WORKITEM, basicFormat } from './basic.ts';
import type { FormatTable, WorkitemFormat } from './format.ts';
import type { Wanted } from './json-gist.ts';
import { JSON_RPC } from './json-rpc/answer.ts';
import { jsonRpcFormat } from './json-rpc/format.ts';
import { callsWanted } from './json-rpc/read.ts';
import { RUOTE_WORKITEM, ruoteFormat, ruoteWanted } from './ruote.ts';

export const builtInFormats: FormatTable = new Map<string, WorkitemFormat>([
  [RUOTE_WORKITEM, ruoteFormat],
  [BASIC_WORKITEM, basicFormat as WorkitemFormat],
  [JSON_RPC, jsonRpcFormat],
]);

/** What of a large body has to be read to know its worker type; formats that read little anyway are not here. */
export const wantedOfLarge: ReadonlyMap<string, Wanted> = new Map([
  [RUOTE_WORKITEM, ruoteWanted],
  [JSON_RPC, callsWanted],
]);

/** How content types find their format: part of the configuration. */
export interface ContentTypes {
  /** The content type of a message that has none: option `default_workitem_type`. */
  readonly whenAbsent: string;
  /** Content type → name of a format: option `workitem_type_map`. */
  readonly map: Readonly<Record<string, string>>;
}

/** The content type in lower case and without parameters: `Text/Plain; charset=utf-8` → `text/plain`. */
export function plainContentType(contentType: string): string {
  return (contentType.split(';', 1)[0] as string).trim().toLowerCase();
}

/** The name of the format that a content type maps to: itself, where the map does not have it. */
export function formatName(contentType: string, types: ContentTypes): string {
  const plain = plainContentType(contentType);
  return Object.hasOwn(types.map, plain) ? (types.map[plain] as string) : plain;
}
