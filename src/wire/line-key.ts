/**
 * The key of one line among many (sshd(8), AUTHORIZED_KEYS FILE FORMAT), read without an error for what is wrong: each
 * takes 8 µs for its stack, so a megabyte of lines that are none would take four seconds.
 */

import type { LineProblem } from '../errors.ts'
import { TEXT_FILE_PROBLEMS } from '../limits.ts'
import { decodeBase64 } from './base64.ts'
import { latin1 } from './text.ts'

/** What is wrong with a line: code and message that the error would have. */
export type LineFault = Omit<LineProblem, 'line'>

/** The fault `bad-value`: `what` is not what was `expected`. */
export function badLine(what: string, expected: string): LineFault {
  return { code: 'bad-value', message: `${what}: ${expected} expected` }
}

/** Notes a fault, or an error, unless there are `TEXT_FILE_PROBLEMS` already. */
export function noteProblem(problems: LineProblem[], line: number, { code, message }: LineFault): void {
  if (problems.length < TEXT_FILE_PROBLEMS) problems.push({ line, code, message })
}

/** Base64 of whole groups as `decodeBase64` takes it, unused bits zero. */
const strict = /^[A-Za-z0-9+/]*(?:[AQgw]==|[AEIMQUYcgkosw048]=)?$/
const typeName = /^[!-~]{1,64}$/

/** The blob that base64 holds, of the type that the line says; or `bad-base64`, `bad-value`, `type-mismatch`. */
export function readLineKey(type: string, base64: string, what: string): Uint8Array | LineFault {
  if (base64.length % 4 !== 0 || !strict.test(base64)) {
    return { code: 'bad-base64', message: `${what}: padded base64 without white space expected` }
  }
  const blob = decodeBase64(base64, what)
  const length = blob[3] ?? 0
  const own = blob[0] || blob[1] || blob[2] ? '' : latin1(blob.subarray(4, 4 + length))
  if (own === type && own.length === length && typeName.test(own)) return blob
  return own.length === length && typeName.test(own)
    ? { code: 'type-mismatch', message: `the line says another type than its key, ${own}` }
    : badLine(what, 'a key with its type name at its start')
}
