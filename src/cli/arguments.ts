/** The arguments of a command: `parseArgs` of Node, its complaints as wrong usage, and nothing said twice. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { escapeText } from '../wire/text.ts'

/** The command was called wrongly: exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}

type Options = NonNullable<ParseArgsConfig['options']>
interface Config<O extends Options> {
  readonly args: string[]
  readonly options: O
  readonly strict: true
  readonly allowPositionals: true
  readonly tokens: true
}

/** Options by name, and what is left. */
export type Arguments<O extends Options> = Pick<ReturnType<typeof parseArgs<Config<O>>>, 'values' | 'positionals'>

/** Options that hold a time, where `-1h` is a value and no option. */
const timeOptions: readonly string[] = ['--at', '--from', '--to']

/** `--from -1h` as `--from=-1h`: `parseArgs` takes what begins with a dash for an option. */
function joinTimes(args: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    const next = args[i + 1]
    if (args[i] === '--') return [...joined, ...args.slice(i)]
    if (timeOptions.includes(args[i]!) && next !== undefined && /^-[0-9]/.test(next)) {
      joined.push(`${args[i]}=${next}`)
      i++
    } else joined.push(args[i]!)
  }
  return joined
}

/** Reads the arguments of a command. Every command also takes `--json`. Throws {@link UsageError}. */
export function readArguments<const O extends Options>(args: readonly string[], options: O): Arguments<O> {
  let parsed: ReturnType<typeof parseArgs<Config<O>>>
  try {
    parsed = parseArgs({ args: joinTimes(args), options, strict: true, allowPositionals: true, tokens: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error
    // Its first sentence says what is wrong; the others are about its own interface.
    const [first = ''] = error.message.split(/\. |\n/, 1)
    throw new UsageError(escapeText(first.replace(/'/g, '"').replace(/\.$/, '')))
  }
  const seen = new Set<string>()
  for (const token of parsed.tokens as readonly { readonly kind: string; readonly name?: string }[]) {
    if (token.kind !== 'option' || token.name === undefined) continue
    if (seen.has(token.name) && !options[token.name]?.multiple)
      throw new UsageError(`--${token.name} is given more than once`)
    seen.add(token.name)
  }
  return parsed
}

/** The one positional argument. */
export function onlyOne(positionals: readonly string[], what: string): string {
  const [only, ...more] = positionals
  if (only === undefined) throw new UsageError(`${what} is missing`)
  if (more.length > 0) throw new UsageError(`one ${what} expected, ${positionals.length} given`)
  return only
}

/** The value of an option that must be there. */
export function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`--${option} is missing`)
  return value
}

/** A whole number from `least` to `most`. */
export function wholeNumber(text: string, option: string, least: bigint, most: bigint): bigint {
  const value = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined
  if (value === undefined || value < least || value > most) {
    throw new UsageError(`--${option}: a whole number from ${least} to ${most} expected`)
  }
  return value
}
