// What a terminal shows in another way. Only for text that goes to one.

export function bold(text: string): string {
  return `\x1b[1m${text}\x1b[22m`;
}
