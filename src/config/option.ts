// What is known of an option: its name, what it may be, its default, and what the manual says about it.
import type { Kind } from './kinds.ts';

export interface Option<T> {
  /** As it is written in the file. */
  readonly key: string;
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** One or two sentences for the manual. */
  readonly doc: string;
  /** The default as the manual shows it, where `fallback` cannot be written. */
  readonly shown?: string;
  /** What the manual shows where there is no default. */
  readonly example?: string;
}

/** One option for each field of `Values`. */
export type OptionTable<Values> = { readonly [Field in keyof Values]: Option<Values[Field]> };

export function optionsIn<Values>(table: OptionTable<Values>): readonly Option<unknown>[] {
  return Object.values(table as Record<string, Option<unknown>>);
}

export function keysOf<Values>(table: OptionTable<Values>): string[] {
  return optionsIn(table).map(({ key }) => key);
}
