// Foreign text – from senders, plugins, the broker – made fit to be shown, or to travel in a header.

/**
 * The text in one line, without anything that a terminal or a log reader would act on: control characters (C0, C1,
 * line and paragraph separators, direction marks) and halves of surrogate pairs appear as escapes such as `\x1b`.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => ESCAPES[char] ?? escapeOf(char));
}

const UNSAFE = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}\p{Surrogate}]/gu;
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(char: string): string {
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** At most `maxBytes` of UTF-8, cut between characters; a cut text ends in `…`, where there is room for that. */
export function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.slice(0, maxBytes + 1), 'utf8'); // a text may be very long, and has a byte for each unit
  if (bytes.length <= maxBytes) return bytes.toString('utf8'); // lone surrogates are replaced on the way
  const mark = maxBytes >= ELLIPSIS_BYTES ? '…' : '';
  let end = Math.max(0, maxBytes - Buffer.byteLength(mark));
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + mark;
}

const ELLIPSIS_BYTES = 3;

/** The text, or `undefined` where it is no UTF-8. @param isCut a character at the end may be incomplete */
export function utf8Of(bytes: Buffer, isCut = false): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined; // the decoder throws for bytes that are no UTF-8
  }
}
