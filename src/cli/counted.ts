// How commands write numbers of things. Pure.

/** `1 pool`, `2 pools`, `2 processes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `?` where nobody knows. */
export function countText(count: number | null): string {
  return count === null ? '?' : String(count);
}
