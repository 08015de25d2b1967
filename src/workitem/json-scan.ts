// Reads through a JSON text without building anything of it: what 24 MiB of `[[],[],…` come to when they are parsed takes
// seconds and half a gigabyte. Takes exactly what `JSON.parse` takes, up to a depth; a few tokens at a time, so that no
// text, whatever is in it, holds up a daemon that has other things to do.
import { isUtf8 } from 'node:buffer';
import { TaskqueueError } from '../core/errors.ts';
import { MAX_JSON_DEPTH } from './json.ts';

/** What stands directly in the outermost list or object. */
export interface Part {
  /** Of a member's name, quotes included; both 0 in a list. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
}

/** Gets to know each part; says why, where it wants no more of them. */
export type OnPart = (part: Part) => string | undefined;

/** How much may still be read before a pause; one for all that belongs to one piece of work. */
export interface Breath {
  tokens: number;
}

/** A few milliseconds of work. */
const TOKENS_AT_ONCE = 50_000;
/** So much text, or white space, counts as one token more. */
const BYTES_PER_TOKEN = 256;

export function freshBreath(): Breath {
  return { tokens: TOKENS_AT_ONCE };
}

/**
 * Reads it to the end, and pauses every so often.
 * @param what it is, for the message
 * @throws TaskqueueError `UNREADABLE` where it is no JSON
 */
export function* demandJson(json: Buffer, breath: Breath, onPart?: OnPart, what = 'the body'): Generator<void, void> {
  if (!isUtf8(json)) throw unreadable(what, 'not UTF-8 text');
  const scan = new Scan(json, onPart);
  while (!scan.advance(breath)) {
    yield;
    breath.tokens = TOKENS_AT_ONCE;
  }
  if (scan.problem !== undefined) throw unreadable(what, scan.problem);
}

function unreadable(what: string, problem: string): TaskqueueError {
  return new TaskqueueError('UNREADABLE', `${what} is ${problem}`);
}

/** What a reading comes to, without a pause. */
export function drained<T>(reading: Generator<void, T>): T {
  let step = reading.next();
  while (!step.done) step = reading.next();
  return step.value;
}

/** Where the text begins: behind a byte order mark and white space. */
export function beginningOf(json: Buffer): number {
  const marked = json.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return afterSpace(json, marked ? BYTE_ORDER_MARK.length : 0);
}

/** What may come next. */
type State = 'value' | 'value or end' | 'key' | 'key or end' | 'comma or end';

class Scan {
  problem: string | undefined;
  readonly #json: Buffer;
  readonly #onPart: OnPart | undefined;
  /** By depth: whether it is an object. */
  readonly #isObject = new Uint8Array(MAX_JSON_DEPTH + 1);
  #state: State = 'value';
  #depth = 0;
  #at: number;
  #keyStart = 0;
  #keyEnd = 0;
  #partStart = 0;

  constructor(json: Buffer, onPart: OnPart | undefined) {
    this.#json = json;
    this.#onPart = onPart;
    this.#at = beginningOf(json);
  }

  /** Goes on until out of breath; true once it is through, or has found what is wrong. */
  advance(breath: Breath): boolean {
    for (; breath.tokens > 0; breath.tokens--) {
      const from = this.#at;
      if (!this.#token()) {
        this.problem ??= `not JSON: byte ${this.#at}`;
        return true;
      }
      this.#at = afterSpace(this.#json, this.#at);
      breath.tokens -= (this.#at - from) / BYTES_PER_TOKEN;
      if (this.#depth > 0 || this.#state !== 'comma or end') continue;
      if (this.#at < this.#json.length) this.problem = `not JSON: byte ${this.#at}`;
      return true;
    }
    return false;
  }

  /** False where none stands here that may; then `#at` is where that shows. */
  #token(): boolean {
    const byte = this.#json[this.#at];
    switch (this.#state) {
      case 'comma or end':
        return byte === COMMA ? this.#comma() : this.#close(byte);
      case 'value or end':
        return byte === CLOSE_LIST ? this.#close(byte) : this.#value(byte);
      case 'key or end':
        return byte === CLOSE_OBJECT ? this.#close(byte) : this.#key(byte);
      case 'key':
        return this.#key(byte);
      case 'value':
        return this.#value(byte);
      default:
        return this.#state satisfies never;
    }
  }

  #comma(): boolean {
    this.#at++;
    this.#state = this.#isObject[this.#depth] ? 'key' : 'value';
    return true;
  }

  #close(byte: number | undefined): boolean {
    if (byte !== (this.#isObject[this.#depth] ? CLOSE_OBJECT : CLOSE_LIST)) return false;
    this.#at++;
    this.#depth--;
    return this.#valueEnds();
  }

  #key(byte: number | undefined): boolean {
    const start = this.#at;
    if (byte !== QUOTE || !this.#string()) return false;
    if (this.#depth === 1) {
      this.#keyStart = start;
      this.#keyEnd = this.#at;
    }
    this.#at = afterSpace(this.#json, this.#at);
    if (this.#json[this.#at] !== COLON) return false;
    this.#at++;
    this.#state = 'value';
    return true;
  }

  #value(byte: number | undefined): boolean {
    if (this.#depth === 1) this.#partStart = this.#at;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) return this.#open(byte === OPEN_OBJECT);
    return this.#scalar(byte) && this.#valueEnds();
  }

  #scalar(byte: number | undefined): boolean {
    switch (byte) {
      case QUOTE:
        return this.#string();
      case T:
        return this.#word(TRUE);
      case F:
        return this.#word(FALSE);
      case N:
        return this.#word(NULL);
      default:
        return this.#number();
    }
  }

  #open(isObject: boolean): boolean {
    if (this.#depth === MAX_JSON_DEPTH) {
      this.problem = `JSON nested deeper than ${MAX_JSON_DEPTH} levels`;
      return false;
    }
    this.#isObject[++this.#depth] = isObject ? 1 : 0;
    this.#at++;
    this.#state = isObject ? 'key or end' : 'value or end';
    return true;
  }

  #valueEnds(): boolean {
    this.#state = 'comma or end';
    if (this.#depth !== 1 || this.#onPart === undefined) return true;
    const part = { keyStart: this.#keyStart, keyEnd: this.#keyEnd, start: this.#partStart, end: this.#at };
    this.problem = this.#onPart(part);
    return this.problem === undefined;
  }

  #string(): boolean {
    const json = this.#json;
    const { length } = json;
    for (let at = this.#at + 1; at < length; at++) {
      const byte = json[at] as number;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      if (byte === BACKSLASH) {
        const escaped = json[++at] as number;
        if (escaped === U && isHex(json, at + 1)) at += 4;
        else if (!ESCAPES.has(escaped)) break;
      } else if (byte < SPACE) break;
    }
    return false;
  }

  #number(): boolean {
    if (this.#json[this.#at] === MINUS) this.#at++;
    if (this.#json[this.#at] === ZERO) this.#at++;
    else if (!this.#digits()) return false;
    if (this.#json[this.#at] === POINT) {
      this.#at++;
      if (!this.#digits()) return false;
    }
    if (((this.#json[this.#at] ?? 0) | LOWER_CASE) !== E) return true;
    this.#at++;
    const sign = this.#json[this.#at];
    if (sign === MINUS || sign === PLUS) this.#at++;
    return this.#digits();
  }

  #digits(): boolean {
    const start = this.#at;
    while (isDigit(this.#json[this.#at])) this.#at++;
    return this.#at > start;
  }

  #word(word: Buffer): boolean {
    const end = this.#at + word.length;
    if (end > this.#json.length || this.#json.compare(word, 0, word.length, this.#at, end) !== 0) return false;
    this.#at = end;
    return true;
  }
}

function afterSpace(json: Buffer, start: number): number {
  let at = start;
  for (let byte = json[at]; byte === SPACE || byte === LINE_FEED || byte === TAB || byte === RETURN; byte = json[at])
    at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHex(json: Buffer, start: number): boolean {
  for (let at = start; at < start + 4; at++) {
    const byte = json[at] ?? 0;
    const letter = byte | LOWER_CASE;
    if (!isDigit(byte) && !(letter >= A && letter <= F)) return false;
  }
  return true;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
export const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SPACE, LINE_FEED, TAB, RETURN] = [0x20, 0x0a, 0x09, 0x0d];
const [MINUS, PLUS, POINT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
const [A, E, F, N, T, U, LOWER_CASE] = [0x61, 0x65, 0x66, 0x6e, 0x74, 0x75, 0x20];
const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
