/** Number of single-letter insertions, deletions and replacements that turn one text into the other (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that was probably meant, or null when none is near. Case, spaces and hyphens do not count. */
export function nearestName(text: string, names: readonly string[]): string | null {
  // a name is short; a longer text is no misspelling of one
  const plain = (name: string) =>
    name
      .slice(0, 64)
      .toLowerCase()
      .replace(/[\s_-]/g, '')
  const wanted = plain(text)
  let best: string | null = null
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const known = plain(name)
    const distance = wanted.length >= 3 && known.startsWith(wanted) ? 0 : editDistance(wanted, known)
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}
