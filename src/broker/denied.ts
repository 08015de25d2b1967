// Whether the broker refuses something because this user may not do it, told from its own words. Pure.

export function isDenied(reason: string): boolean {
  return /ACCESS[_-]REFUSED/.test(reason);
}
