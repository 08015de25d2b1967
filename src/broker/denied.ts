// Whether the broker refuses something because this user may not do it, told from its own words. Pure.

export function isDenied(reason: string): boolean {
  return /ACCESS[_-]REFUSED/.test(reason);
}

/** The code of the error that a refusal by the broker becomes. */
export function refusalCode(reason: string): 'PERMISSION' | 'UNAVAILABLE' {
  return isDenied(reason) ? 'PERMISSION' : 'UNAVAILABLE';
}
