/**
 * A lexer of TypeScript just deep enough to tell comments, strings and code apart (TypeScript 7 has no JavaScript
 * interface, and esbuild drops `import type` before it reports imports).
 * Prevents: a check that is fooled by a name in a comment, or blind to a type-only import.
 */

const afterWord = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'else',
  'do',
  'await',
  'yield',
  'instanceof',
])

/** Does a `/` after this token begin a regular expression? */
function regexMayFollow(token) {
  if (token === undefined) return true
  if (token.kind === 'word') return afterWord.has(token.text)
  if (token.kind === 'mark') return !')]}'.includes(token.text)
  return false
}

/**
 * The tokens of `source`: `{ kind, text, line }`, kind one of `comment` (text as it stands), `string` (its contents,
 * escapes not resolved), `template` (one piece between back-ticks and `${…}`), `word`, `number`, `regex`, `mark`.
 */
export function scan(source) {
  const tokens = []
  const depths = [] // brace depth at which each open `${` closes
  let depth = 0
  let line = 1
  let at = 0
  let last
  const add = (kind, text, length) => {
    const token = { kind, text, line }
    tokens.push(token)
    if (kind !== 'comment') last = token
    for (let i = at; i < at + length; i++) if (source[i] === '\n') line++
    at += length
  }
  const template = (from) => {
    let end = from
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end))
      end += source[end] === '\\' ? 2 : 1
    const open = source[end] === '$'
    add('template', source.slice(from, end), end + (open ? 2 : 1) - at)
    if (open) {
      depths.push(depth)
      last = { kind: 'mark', text: '{' }
    }
  }
  if (source.startsWith('#!')) add('comment', source.split('\n', 1)[0], source.split('\n', 1)[0].length)
  while (at < source.length) {
    const rest = source[at]
    if (rest === '\n') {
      line++
      at++
    } else if (/\s/.test(rest)) at++
    else if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at)
      const text = source.slice(at, end < 0 ? source.length : end)
      add('comment', text, text.length)
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2)
      const text = source.slice(at, end < 0 ? source.length : end + 2)
      add('comment', text, text.length)
    } else if (rest === "'" || rest === '"') {
      let end = at + 1
      while (end < source.length && source[end] !== rest && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
      add('string', source.slice(at + 1, end), end + 1 - at)
    } else if (rest === '`') template(at + 1)
    else if (rest === '}' && depths.at(-1) === depth) {
      depths.pop()
      template(at + 1)
    } else if (rest === '/' && regexMayFollow(last)) {
      let end = at + 1
      let inClass = false
      while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
        if (source[end] === '[') inClass = true
        if (source[end] === ']') inClass = false
        end += source[end] === '\\' ? 2 : 1
      }
      const flags = /^[a-z]*/.exec(source.slice(end + 1))[0]
      add('regex', source.slice(at, end + 1 + flags.length), end + 1 + flags.length - at)
    } else if (/[\p{L}_$]/u.test(rest)) {
      const text = /^[\p{L}\p{N}_$]+/u.exec(source.slice(at, at + 200))[0]
      add('word', text, text.length)
    } else if (/[0-9]/.test(rest)) {
      const text = /^[0-9a-zA-Z_.]+/.exec(source.slice(at, at + 400))[0]
      add('number', text, text.length)
    } else {
      if (rest === '{') depth++
      if (rest === '}') depth--
      add('mark', rest, 1)
    }
  }
  return tokens
}

/**
 * What the tokens import: `{ specifier, line }` of static, re-exporting, dynamic and type imports. A dynamic one has
 * `dynamic` true, and `specifier` undefined where it is not one literal.
 */
export function imports(tokens) {
  const code = tokens.filter((token) => token.kind !== 'comment')
  const found = []
  for (const [i, token] of code.entries()) {
    if (token.kind !== 'word') continue
    const before = code[i - 1]
    if (before?.kind === 'mark' && before.text === '.') continue
    const next = code[i + 1]
    if (token.text === 'from' && next?.kind === 'string') found.push({ specifier: next.text, line: next.line })
    if (token.text !== 'import') continue
    if (next?.kind === 'string') found.push({ specifier: next.text, line: next.line })
    if (next?.kind === 'mark' && next.text === '(') {
      const target = code[i + 2]
      const closes = code[i + 3]?.kind === 'mark' && [')', ','].includes(code[i + 3].text)
      const specifier = target?.kind === 'string' && closes ? target.text : undefined
      found.push({ specifier, line: token.line, dynamic: true })
    }
  }
  return found
}
