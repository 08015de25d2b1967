// Misspelt words, of options and of types: what was meant. The only file that knows how far apart two words are. Pure.
import leven from 'leven';

/** The known word that `word` is most likely a misspelling of; `undefined` where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const limit = word.length <= 4 ? 1 : 2;
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance };
  }
  return best?.word;
}

/** Two neighbouring letters that have changed places are the commonest slip: one mistake, not two. */
function distanceOf(word: string, other: string): number {
  const at = [...word].findIndex((letter, index) => letter !== other[index]);
  const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
  return at >= 0 && swapped === other ? 1 : leven(word, other);
}

/** ` – did you mean "x"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known);
  return found === undefined ? '' : ` – did you mean "${found}"?`;
}
