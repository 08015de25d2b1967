// The arguments that a function gets. Pure. JavaScript calls a function with whatever there is, and `undefined` for the
// rest; a caller far away is better told what is missing.

type Arguments =
  | { readonly kind: 'arguments'; readonly values: readonly unknown[] }
  | { readonly kind: 'invalid'; readonly error: string };

export type Params = readonly unknown[] | Readonly<Record<string, unknown>> | undefined;

/** More overflow the stack; a long list is one parameter. */
const MAX_ARGUMENTS = 1000;

/**
 * Parameters by position are the arguments; parameters by name come as one object.
 * @param wanted how many the function declares before the first that has a default: its `length`
 */
export function argumentsFor(method: string, wanted: number, params: Params): Arguments {
  const invalid = (error: string): Arguments => ({ kind: 'invalid', error: `${method} ${error}` });
  const takes = `takes ${wanted} ${wanted === 1 ? 'parameter' : 'parameters'}`;
  if (params !== undefined && !isList(params)) {
    return wanted > 1 ? invalid(`${takes} by position, and none by name`) : { kind: 'arguments', values: [params] };
  }
  const values = params ?? [];
  if (values.length > MAX_ARGUMENTS) return invalid(`was given more than ${MAX_ARGUMENTS} parameters`);
  return values.length < wanted ? invalid(`${takes}, not ${values.length}`) : { kind: 'arguments', values };
}

function isList(params: Exclude<Params, undefined>): params is readonly unknown[] {
  return Array.isArray(params);
}
