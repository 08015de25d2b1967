// What a terminal shows in another way. Only for text that goes to one.
import type { Io } from './io.ts';

/** The first line is a title: on a terminal that can, it is bold. */
export function titled(text: string, { columns, env }: Pick<Io, 'columns' | 'env'>): string {
  return columns === null || env.TERM === 'dumb' ? text : text.replace(/^.*/, bold);
}

export function bold(text: string): string {
  return `\x1b[1m${text}\x1b[22m`;
}
