// Checks a JSON text without building anything of it: what 24 MiB of `[[],[],…` come to when they are parsed takes seconds
// and half a gigabyte, and a daemon that only passes a text on has no need of that. Takes exactly what `JSON.parse` takes,
// up to a depth.
import { isUtf8 } from 'node:buffer';
import { TaskqueueError } from '../core/errors.ts';
import { MAX_JSON_DEPTH } from './json.ts';

/** A member of the outermost object: where its value stands. */
export interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The members of an object, in their order; `null` where it is JSON, but no object.
 * @param what for the message: what it is that cannot be read
 * @param mostMembers more of them are refused
 * @throws TaskqueueError `UNREADABLE`
 */
export function outlineOf(json: Buffer, what: string, mostMembers: number): readonly Member[] | null {
  if (!isUtf8(json)) throw new TaskqueueError('UNREADABLE', `${what} is not UTF-8 text`);
  const scan = new Scan(json, mostMembers);
  const problem = scan.problem();
  if (problem !== undefined) throw new TaskqueueError('UNREADABLE', `${what} is ${problem}`);
  return json[scan.start] === OPEN_OBJECT ? scan.members : null;
}

/** @throws TaskqueueError `UNREADABLE` */
export function checkJson(json: Buffer, what = 'the body'): void {
  outlineOf(json, what, Infinity);
}

class Scan {
  readonly members: Member[] = [];
  readonly start: number;
  readonly #json: Buffer;
  readonly #mostMembers: number;
  #at: number;
  #depth = 0;
  #problem: string | undefined;

  constructor(json: Buffer, mostMembers: number) {
    this.#json = json;
    this.#mostMembers = mostMembers;
    this.#at = json.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    this.#skipSpace();
    this.start = this.#at;
  }

  problem(): string | undefined {
    const isWhole = this.#value();
    this.#skipSpace();
    return isWhole && this.#at === this.#json.length ? undefined : (this.#problem ?? `not JSON: byte ${this.#at}`);
  }

  /** False where there is none; then `#at` is where that shows. */
  #value(): boolean {
    const byte = this.#json[this.#at];
    switch (byte) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
      case OPEN_LIST:
        return this.#container(byte === OPEN_OBJECT);
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

  #container(isObject: boolean): boolean {
    const close = isObject ? CLOSE_OBJECT : CLOSE_LIST;
    if (++this.#depth > MAX_JSON_DEPTH) return this.#refuse(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
    this.#at++;
    this.#skipSpace();
    let isFirst = true;
    while (this.#json[this.#at] !== close || !isFirst) {
      if (isObject ? !this.#member() : !this.#value()) return false;
      this.#skipSpace();
      if (this.#json[this.#at] === close) break;
      if (!this.#take(COMMA)) return false;
      this.#skipSpace();
      isFirst = false;
    }
    this.#depth--;
    this.#at++;
    return true;
  }

  #member(): boolean {
    const keyStart = this.#at;
    if (this.#json[keyStart] !== QUOTE || !this.#string()) return false;
    const keyEnd = this.#at;
    this.#skipSpace();
    if (!this.#take(COLON)) return false;
    this.#skipSpace();
    const start = this.#at;
    if (!this.#value()) return false;
    if (this.#depth > 1 || this.#mostMembers === Infinity) return true;
    if (this.members.length === this.#mostMembers)
      return this.#refuse(`an object of more than ${this.#mostMembers} members`);
    const key = JSON.parse(this.#json.toString('utf8', keyStart, keyEnd)) as string;
    this.members.push({ key, start, end: this.#at });
    return true;
  }

  #string(): boolean {
    const json = this.#json;
    for (let at = this.#at + 1; at < json.length; at++) {
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

  #take(byte: number): boolean {
    if (this.#json[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    const json = this.#json;
    let at = this.#at;
    for (let byte = json[at]; byte === SPACE || byte === LINE_FEED || byte === TAB || byte === RETURN; byte = json[at])
      at++;
    this.#at = at;
  }

  #refuse(problem: string): false {
    this.#problem = problem;
    return false;
  }
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
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SPACE, LINE_FEED, TAB, RETURN] = [0x20, 0x0a, 0x09, 0x0d];
const [MINUS, PLUS, POINT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
const [A, E, F, N, T, U, LOWER_CASE] = [0x61, 0x65, 0x66, 0x6e, 0x74, 0x75, 0x20];
const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
