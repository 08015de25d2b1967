// How wide a text is on a terminal, and cutting it to fit. Pure.

/** In columns. The text must be `printable`. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const char of text) width += widthOfChar(char);
  return width;
}

/** At most so many columns; a text that is cut ends in `…`. */
export function cutToWidth(text: string, width: number): string {
  if (text.length <= width && isPlain(text)) return text;
  if (widthOf(text) <= width) return text;
  let [used, end] = [1, 0]; // the mark takes one
  for (const char of text) {
    used += widthOfChar(char);
    if (used > width) break;
    end += char.length;
  }
  return width < 1 ? '' : `${text.slice(0, end)}…`;
}

/** Filled up with spaces, on the left or on the right. */
export function padded(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? spaces + text : text + spaces;
}

function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

const PLAIN = /^[\x20-\x7e]*$/;

function widthOfChar(char: string): number {
  if (NARROW.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Combining marks, and what is only there for the layout. */
const NARROW = /^[\p{Mn}\p{Me}\p{Cf}]/u;
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
