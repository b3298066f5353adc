/** Damerau-free edit distance: insertions, deletions, substitutions each cost 1 (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

/** The name that the user most likely meant, or undefined when none is near (at most 40 % of the letters differ). */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (!best) return undefined;
  return best.distance <= Math.max(2, Math.floor(0.4 * name.length)) ? best.candidate : undefined;
}

/** `unknown suite "nyudd": did you mean "nyud"? Known: a, b, c`. */
export function unknownName(what: string, name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  const known = names.length ? names.join(', ') : 'none';
  return `unknown ${what} "${name}"${near ? `: did you mean "${near}"?` : '.'} Known: ${known}`;
}
