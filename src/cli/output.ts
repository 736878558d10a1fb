/** What the command prints: results on stdout, everything else on stderr; foreign text never as it is. */

import { SshError } from '../errors.ts'
import { FileError } from '../runtime/shared.ts'
import { escapeText } from '../wire/text.ts'
import { UsageError } from './arguments.ts'

/** Prints a line of a result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a line for people. */
export function tell(text: string): void {
  process.stderr.write(`hawser: ${text}\n`)
}

/** Foreign text for people, made safe for a terminal. */
export function shown(text: string): string {
  return escapeText(text, 4000)
}

/**
 * Prints one JSON object on a line: bigints as decimal strings. Characters that move a cursor or turn the direction of
 * writing are escaped beyond what JSON asks for.
 */
export function printJson(value: object): void {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner))
  const escaped = (c: string): string =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
  print(text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped))
}

/** What an error is in JSON. */
export interface ErrorFacts {
  readonly code: string
  readonly message: string
}

/** Code and message of whatever was thrown. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof SshError || error instanceof UsageError) return { code: error.code, message: error.message }
  return { code: 'internal', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
}

/** The message of an error about a file, the file's name in front. */
export function fileMessage(file: string, error: unknown): string {
  const { message } = errorFacts(error)
  return error instanceof FileError ? message : `${shown(file)}: ${message}`
}

/** Runs `work`; what it throws about a file names the file. */
export async function about<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SshError) || error instanceof FileError) throw error
    throw new SshError(error.code, fileMessage(file, error), { cause: error })
  }
}

/** Runs a call into the library with what the user asked for: its `TypeError` is then the user's wrong usage. */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message, { cause: error })
  }
}
