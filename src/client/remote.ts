// Methods of workers, called as if they were here: `client.call.math.add(5, 6)`. A name grows with each dot; the call at its
// end is the request.
import type { Handle } from './handle.ts';
import type { NamedParameters } from './json-rpc.ts';

/** What a call resolves with: the result, a handle of the task, or nothing. */
export type Mode = 'value' | 'handle' | 'nothing';
type Answer<M extends Mode, T> = M extends 'value' ? T : M extends 'handle' ? Handle<T> : undefined;

/** Any method of any worker: what a client knows that was told nothing about them. */
export interface AnyMethods {
  // biome-ignore lint/suspicious/noExplicitAny: under noUncheckedIndexedAccess, everything else would be "possibly undefined"
  readonly [name: string]: any;
}

/** The methods in `Known` – functions, in objects as deep as their names have dots – as they are called from here. */
export type Remote<M extends Mode, Known> = {
  readonly [Name in keyof Known]: Known[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args | [NamedParameters]) => Promise<Answer<M, Awaited<Result>>>
    : Remote<M, Known[Name]>;
};

/** Called itself, it takes the name as its first argument: `client.call('math.add', 5, 6)`. */
export type RemoteRoot<M extends Mode, Known> = (<T = unknown>(
  name: string,
  ...args: unknown[]
) => Promise<Answer<M, T>>) &
  (AnyMethods extends Known ? AnyMethods : Remote<M, Known>);

type Invoke = (name: string, args: readonly unknown[]) => Promise<unknown>;

export function remoteRoot<M extends Mode, Known>(invoke: Invoke): RemoteRoot<M, Known> {
  const root: Invoke = (_, [name, ...args]) => invoke(String(name), args);
  return grown('', root, invoke) as RemoteRoot<M, Known>;
}

/** `then` is no part of a name: whoever awaits a name would otherwise call that method. */
function grown(name: string, called: Invoke, invoke: Invoke): unknown {
  const begin = name === '' ? '' : `${name}.`;
  return new Proxy(() => undefined, {
    get: (_, part) => (typeof part === 'symbol' || part === 'then' ? undefined : grown(begin + part, invoke, invoke)),
    apply: (_, __, args: readonly unknown[]) => called(name, args),
  });
}
