// Many submissions, without waiting for each: a window of them is on its way to the broker at a time.
import { messageOf, TaskqueueError } from '../core/errors.ts';

const DEFAULT_WINDOW = 100;
const LARGEST_WINDOW = 10_000;

/**
 * What `submit` makes of each, in their order, as soon as it is there. Takes the next from the source only as the window
 * allows, and as whoever iterates asks for more. Where one is not submitted, those before it have been given out; the
 * error says how many behind it were submitted all the same.
 */
export async function* submitEach<B, H>(
  bodies: Iterable<B> | AsyncIterable<B>,
  submit: (body: B) => Promise<H>,
  window = DEFAULT_WINDOW,
): AsyncGenerator<H, void, undefined> {
  if (!Number.isInteger(window) || window < 1 || window > LARGEST_WINDOW) {
    throw new TaskqueueError('USAGE', `window is a whole number from 1 to ${LARGEST_WINDOW}`);
  }
  const source = new Source(bodies);
  const underway: Promise<H>[] = [];
  let count = 0;
  try {
    for (;;) {
      const next = underway.length < window ? await source.nextUnless(underway[0]) : undefined;
      if (next !== undefined) {
        underway.push(quiet(submit(next.value)));
        continue;
      }
      const first = underway.shift();
      if (first === undefined) return;
      yield await submitted(first, ++count, underway);
    }
  } finally {
    await source.end();
    await Promise.allSettled(underway);
  }
}

class Source<B> {
  readonly #iterator: AsyncIterator<B> | Iterator<B>;
  /** Asked for, and not taken yet. */
  #asked: Promise<IteratorResult<B>> | null = null;
  #isAtEnd = false;

  constructor(bodies: Iterable<B> | AsyncIterable<B>) {
    this.#iterator = Symbol.asyncIterator in bodies ? bodies[Symbol.asyncIterator]() : bodies[Symbol.iterator]();
  }

  /** The next; `undefined` at the end, or when `otherwise` settles sooner than a slow source has one. */
  async nextUnless(otherwise: Promise<unknown> | undefined): Promise<{ readonly value: B } | undefined> {
    if (this.#isAtEnd) return undefined;
    this.#asked ??= this.#ask();
    const asked = this.#asked;
    const sooner = otherwise?.then(nothing, nothing);
    const next = await (sooner === undefined ? asked : Promise.race([asked, sooner]));
    if (next === undefined) return undefined;
    this.#asked = null;
    if (next.done) this.#isAtEnd = true;
    return next.done ? undefined : { value: next.value };
  }

  async end(): Promise<void> {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    await this.#iterator.return?.();
  }

  #ask(): Promise<IteratorResult<B>> {
    const asked = (async () => this.#iterator.next())();
    return quiet(asked);
  }
}

const nothing = (): undefined => undefined;

/** Its error is heard in its turn. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

async function submitted<H>(submission: Promise<H>, number: number, behind: readonly Promise<H>[]): Promise<H> {
  try {
    return await submission;
  } catch (err) {
    const others = await Promise.allSettled(behind);
    const stored = others.filter(({ status }) => status === 'fulfilled').length;
    const code = err instanceof TaskqueueError ? err.code : 'UNAVAILABLE';
    const message = `number ${number} was not submitted, ${stored} behind it were: ${messageOf(err)}`;
    throw new TaskqueueError(code, message, { cause: err });
  }
}
