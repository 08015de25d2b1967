// Which content types a worker takes. Pure.
import { type ContentTypes, formatName, plainContentType } from './registry.ts';

/**
 * Does a worker that accepts `patterns` take this content type? A pattern such as `text/*` is held against the content
 * type and against the name of the format that it maps to.
 */
export function isAccepted(patterns: readonly string[], contentType: string, types: ContentTypes): boolean {
  const names = [plainContentType(contentType), formatName(contentType, types)];
  return patterns.some((pattern) => names.some((name) => matches(plainContentType(pattern), name)));
}

function matches(pattern: string, name: string): boolean {
  if (pattern === '*/*' || pattern === '*') return true;
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** How a workitem fails whose format its worker does not take. */
export const NOT_ACCEPTED = 'worker does not support this type of workitem';
