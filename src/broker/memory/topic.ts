// Does a routing key match the pattern of a topic exchange? Words stand between dots; `*` is one word, `#` any number.

export function topicMatches(pattern: string, routingKey: string): boolean {
  const words = routingKey.split('.');
  const parts = pattern.split('.');
  // How many words the parts so far may have taken: a set, so that patterns with many `#` take no exponential time.
  let taken = new Set([0]);
  for (const part of parts) {
    if (part === '#') taken = fromLeast(taken, words.length);
    else
      taken = new Set(
        [...taken].filter((n) => n < words.length && (part === '*' || part === words[n])).map((n) => n + 1),
      );
    if (taken.size === 0) return false;
  }
  return taken.has(words.length);
}

function fromLeast(taken: ReadonlySet<number>, count: number): Set<number> {
  const least = Math.min(...taken);
  return new Set(Array.from({ length: count - least + 1 }, (_, n) => least + n));
}
