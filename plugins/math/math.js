// Plain functions: each one that this module exports is a method, math.add and so on. Parameters by position become
// arguments; parameters by name come as one object.
import { InvalidParams } from 'taskqueue';

/** @import { RpcContext } from 'taskqueue' */

/**
 * The sum of two numbers.
 * @param {number} a
 * @param {number} b
 */
export function add(a, b) {
  return number(a) + number(b);
}

/**
 * The first number divided by the second: `divide(7, 2)` in JSON-RPC is `"params": {"dividend": 7, "divisor": 2}`.
 * @param {{ dividend: number, divisor: number }} params
 */
export function divide({ dividend, divisor }) {
  if (divisor === 0) throw new RangeError('division by zero');
  return number(dividend) / number(divisor);
}

/**
 * All primes below a limit, slowly enough to tell how far it is. `this` is the context: signal, progress, logger.
 * @this {RpcContext}
 * @param {number} limit
 */
export async function primes(limit) {
  if (!(number(limit) <= 1_000_000)) throw new InvalidParams('primes are looked for below 1,000,000 only');
  const isComposite = new Uint8Array(Math.max(0, limit));
  const found = [];
  for (let n = 2; n < limit; n++) {
    if (n % 10_000 === 0) await pause(this, n / limit);
    if (isComposite[n]) continue;
    found.push(n);
    for (let multiple = n * n; multiple < limit; multiple += n) isComposite[multiple] = 1;
  }
  return found;
}

/**
 * Lets others have their turn, and ends here where somebody does not want the result any more.
 * @param {RpcContext} context
 * @param {number} fraction
 */
async function pause(context, fraction) {
  context.progress(fraction);
  await new Promise((resolve) => setImmediate(resolve));
  context.signal.throwIfAborted();
}

/** @param {number} value */
function number(value) {
  if (typeof value === 'number') return value;
  throw new InvalidParams(`a number is wanted, not ${JSON.stringify(value)}`);
}
