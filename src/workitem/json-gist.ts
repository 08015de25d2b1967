// Of a large JSON body only what somebody asks for, as a small JSON text that a parser may have: what is left out can be
// anything, and costs no memory. Small bodies are their own gist. Pure.
import {
  type Breath,
  beginningOf,
  demandJson,
  drained,
  freshBreath,
  OPEN_LIST,
  OPEN_OBJECT,
  type Part,
} from './json-scan.ts';

/** Names of members, each with what is wanted of it; of what has a name alone, lists and objects come out empty. */
export interface Wanted {
  readonly [name: string]: Wanted;
}

/** Below this, no body is worth the trouble: the worst of them is parsed in a few milliseconds. */
const SMALL_BYTES = 64 * 1024;
/** Items of a list: one more than anybody takes. */
const MOST_ITEMS = 1_001;
const LONGEST_SCALAR = 8 * 1024;
/** Pauses for breath of a reader that may not pause: with all of them it has read for up to a tenth of a second. */
const MOST_PAUSES = 12;

export function isLarge(json: Buffer): boolean {
  return json.length > SMALL_BYTES;
}

/**
 * For who can wait: lets others have their turn in between.
 * @throws TaskqueueError `UNREADABLE` where the body is no JSON
 */
export async function gistInTurns(json: Buffer, wanted: Wanted): Promise<Buffer> {
  const reading = gist(json, wanted);
  let step = reading.next();
  for (; !step.done; step = reading.next()) await new Promise((resolve) => setImmediate(resolve));
  return Buffer.from(step.value);
}

/**
 * For who needs it now, whatever there is in the body: some tenths of a second, for the worst of the largest.
 * @throws TaskqueueError `UNREADABLE` where the body is no JSON
 */
export function gistOf(json: Buffer, wanted: Wanted): Buffer {
  return isLarge(json) ? Buffer.from(drained(gist(json, wanted))) : json;
}

/**
 * For who needs it now, but has more important things to do.
 * @returns `undefined` where there is too much in the body for that
 * @throws TaskqueueError `UNREADABLE` where the body is no JSON
 */
export function gistNow(json: Buffer, wanted: Wanted): Buffer | undefined {
  if (!isLarge(json)) return json;
  const text = atOnce(gist(json, wanted));
  return text === undefined ? undefined : Buffer.from(text);
}

/** What a reading comes to within a few steps; `undefined` where it takes more. */
export function atOnce<T>(reading: Generator<void, T>): T | undefined {
  for (let pauses = 0; pauses <= MOST_PAUSES; pauses++) {
    const step = reading.next();
    if (step.done) return step.value;
  }
  return undefined;
}

function* gist(json: Buffer, wanted: Wanted): Generator<void, string> {
  const breath = freshBreath();
  switch (json[beginningOf(json)]) {
    case OPEN_OBJECT:
      return yield* gistOfObject(json, wanted, breath);
    case OPEN_LIST:
      return yield* gistOfList(json, wanted, breath);
    default:
      yield* demandJson(json, breath);
      return scalar(json);
  }
}

function* gistOfObject(json: Buffer, wanted: Wanted, breath: Breath): Generator<void, string> {
  const parts = yield* membersNamed(json, Object.keys(wanted), breath);
  const members: string[] = [];
  for (const [name, { start, end }] of parts) {
    const value = yield* gistOfPart(json.subarray(start, end), wanted[name] as Wanted, breath);
    members.push(`${JSON.stringify(name)}:${value}`);
  }
  return `{${members.join(',')}}`;
}

function* gistOfList(json: Buffer, wanted: Wanted, breath: Breath): Generator<void, string> {
  const items: Buffer[] = [];
  yield* demandJson(json, breath, ({ start, end }) => {
    if (items.length < MOST_ITEMS) items.push(json.subarray(start, end));
    return undefined;
  });
  const texts: string[] = [];
  for (const item of items) texts.push(yield* gistOfPart(item, wanted, breath));
  return `[${texts.join(',')}]`;
}

/** Of what the scan of the whole has found to be JSON. */
function* gistOfPart(json: Buffer, wanted: Wanted, breath: Breath): Generator<void, string> {
  if (json[0] === OPEN_LIST) return '[]';
  if (json[0] !== OPEN_OBJECT) return scalar(json);
  return Object.keys(wanted).length === 0 ? '{}' : yield* gistOfObject(json, wanted, breath);
}

/** Where the values of these members stand; of several with one name the last, as `JSON.parse` has it. */
export function* membersNamed(
  json: Buffer,
  names: readonly string[],
  breath: Breath,
): Generator<void, ReadonlyMap<string, Part>> {
  const parts = new Map<string, Part>();
  yield* demandJson(json, breath, (part) => {
    const name = nameAt(json, part.keyStart, part.keyEnd);
    if (names.includes(name)) parts.set(name, part);
    return undefined;
  });
  return parts;
}

function nameAt(json: Buffer, start: number, end: number): string {
  if (end - start > LONGEST_SCALAR) return '';
  const written = json.toString('latin1', start + 1, end - 1);
  return written.includes('\\') ? (JSON.parse(json.toString('utf8', start, end)) as string) : written;
}

/** One that is too long for any use stays too long. */
function scalar(json: Buffer): string {
  if (json.length <= LONGEST_SCALAR) return json.toString().replace(/^\ufeff/, '');
  return JSON.stringify(`(${json.length} bytes)`.padEnd(LONGEST_SCALAR));
}
