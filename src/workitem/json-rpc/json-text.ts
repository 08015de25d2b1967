// The parts of a JSON text, as they are written: `JSON.parse` rounds long numbers, and an id has to be echoed exactly.
// For texts that `JSON.parse` has taken already; nothing is checked here.

/** The text of each item of a list. */
export function itemTexts(list: string): readonly string[] {
  return [...partsOf(list)].map(({ value }) => value);
}

/** The text of an object's member; of several with that name the last one, as `JSON.parse` has it. */
export function memberText(object: string, name: string): string | undefined {
  let found: string | undefined;
  for (const { key, value } of partsOf(object)) if (key === name) found = value;
  return found;
}

interface Part {
  /** `undefined` in a list. */
  readonly key: string | undefined;
  readonly value: string;
}

function* partsOf(text: string): Generator<Part> {
  let at = afterSpace(text, 0);
  const isObject = text[at] === '{';
  at = afterSpace(text, at + 1);
  while (at < text.length && text[at] !== '}' && text[at] !== ']') {
    let key: string | undefined;
    if (isObject) {
      const end = endOfValue(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = afterSpace(text, afterSpace(text, end) + 1); // past the colon
    }
    const end = endOfValue(text, at);
    yield { key, value: text.slice(at, end) };
    at = afterSpace(text, end);
    if (text[at] === ',') at = afterSpace(text, at + 1);
  }
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return matchEnd(STRING, text, start);
  if (text[start] !== '{' && text[start] !== '[') return matchEnd(SCALAR, text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = matchEnd(STRING, text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const SCALAR = /[^\s,\]}]+/y;
const SPACE = /[ \t\r\n]*/y;

const afterSpace = (text: string, at: number): number => matchEnd(SPACE, text, at);

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : text.length;
}
