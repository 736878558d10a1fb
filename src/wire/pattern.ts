/** Patterns with `*` and `?`, and lists of them (openssh-portable match.c; ssh_config(5), PATTERNS). */

/** Most characters of one pattern in a list (match.c `match_pattern_list`: a buffer of 1024, its NUL, and one to spare). */
const PATTERN_LENGTH = 1022

/** `*` stands for any characters, `?` for one of them. In time text × pattern. */
export function matchPattern(text: string, pattern: string): boolean {
  let t = 0
  let p = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/**
 * What a comma-separated list of patterns says of a text: a pattern matches it, one with `!` in front does (which wins,
 * wherever it stands), or none. Where a pattern is too long to be one, none of the list counts.
 */
export function matchPatternList(text: string, list: string): 'match' | 'negated' | 'none' {
  let found: 'match' | 'none' = 'none'
  const entries = list.split(',')
  // Behind the last comma there is no pattern, not an empty one.
  if (entries.at(-1) === '') entries.pop()
  for (const entry of entries) {
    const negated = entry.startsWith('!')
    const pattern = negated ? entry.slice(1) : entry
    if (pattern.length > PATTERN_LENGTH) return 'none'
    if (!matchPattern(text, pattern)) continue
    if (negated) return 'negated'
    found = 'match'
  }
  return found
}
