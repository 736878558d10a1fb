/**
 * The key of one line among many (sshd(8), AUTHORIZED_KEYS FILE FORMAT), read without an error for what is wrong: each
 * takes 8 µs for its stack, so a megabyte of lines that are none would take four seconds.
 */

import type { LineProblem } from '../errors.ts'
import { TEXT_FILE_PROBLEMS } from '../limits.ts'
import { decodeBase64 } from './base64.ts'
import { startsWithAt } from './lines.ts'
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

/** True where the blob begins with that name, which is one. */
function isOfType(blob: Uint8Array, type: string): boolean {
  if (blob[0] || blob[1] || blob[2] || blob[3] !== type.length || !typeName.test(type)) return false
  return startsWithAt(blob, type, 4)
}

/** The blob that base64 holds, of the type that the line says; or `bad-base64`, `bad-value`, `type-mismatch`. */
export function readLineKey(type: string, base64: string, what: string): Uint8Array | LineFault {
  if (base64.length % 4 !== 0 || !strict.test(base64)) {
    return { code: 'bad-base64', message: `${what}: padded base64 without white space expected` }
  }
  const blob = decodeBase64(base64, what)
  // Nearly always: compared in place, since a text of it would cost as much as the base64.
  if (isOfType(blob, type)) return blob
  const length = blob[3] ?? 0
  const own = blob[0] || blob[1] || blob[2] ? '' : latin1(blob.subarray(4, 4 + length))
  return own.length === length && typeName.test(own)
    ? { code: 'type-mismatch', message: `the line says another type than its key, ${own}` }
    : badLine(what, 'a key with its type name at its start')
}
