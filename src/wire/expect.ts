/**
 * Refusals that many readers share: one phrase each, so that the same fault reads the same in every container and a
 * bundle holds its words once.
 */

import { FormatError, LimitError, UnsupportedError } from '../errors.ts'
import { escapeText } from './text.ts'

/** `FormatError` `bad-value`: `what` is not what was `expected`. */
export function bad(what: string, expected: string, cause?: unknown): FormatError {
  return new FormatError('bad-value', `${what}: ${expected} expected`, cause === undefined ? {} : { cause })
}

/** `FormatError` `key-mismatch`: `what` does not agree with what stands elsewhere in the same key. */
export function mismatch(what: string): FormatError {
  return new FormatError('key-mismatch', `${what}: differs from the rest of the key`)
}

/** The refusal of a private half where a public key is asked for, or the other way round. */
export function otherHalf(expected: 'public' | 'private', found: string): FormatError {
  const code = expected === 'public' ? 'is-private-key' : 'is-public-key'
  return new FormatError(code, `a ${expected} key expected, ${found} found`)
}

/** `UnsupportedError`: keys of that type have no place in `where`. */
export function noPlace(where: string, typeName: string, code = 'unsupported-type'): UnsupportedError {
  return new UnsupportedError(code, `${where}: no form for keys of type "${escapeText(typeName, 64)}"`)
}

/** `UnsupportedError` `unsupported-type`: what `name` asks for is not among the types given. */
export function noType(what: string, name: string): UnsupportedError {
  return new UnsupportedError('unsupported-type', `${what}: "${escapeText(name, 64)}" is not among the types given`)
}

/** `FormatError` `trailing-bytes`. */
export function trailing(what: string, octets: number): FormatError {
  return new FormatError('trailing-bytes', `${what}: ${octets} octets after its end`)
}

/** `LimitError` `limit`: `what` is more than `most`, a number and its unit. */
export function aboveLimit(what: string, most: number | string): LimitError {
  return new LimitError('limit', `${what}: at most ${most} expected`)
}

/** `LimitError` `limit`: `bits` is outside of the sizes that are read or made. */
export function outsideSizes(what: string, bits: number, least: number, most: number): LimitError {
  return new LimitError('limit', `${what}: ${least} to ${most} bits expected, ${bits} found`)
}

/** `UnsupportedError`: `what` is called `name`, which is foreign text and not known here. */
export function notKnown(code: `unsupported-${string}`, what: string, name: string): UnsupportedError {
  return new UnsupportedError(code, `${what}: "${escapeText(name, 64)}" is not known`)
}

/** Throws `TypeError` unless `value` is a whole number from `least` to `most`. */
export function checkWhole(what: string, value: number, least: number, most: number = 2 ** 32 - 1): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new TypeError(`${what}: a whole number from ${least} to ${most} expected`)
  }
}

/** Throws `TypeError` for data that is not whole blocks. */
export function checkBlocks(data: Uint8Array, size: number): void {
  if (data.length % size) throw new TypeError(`data: whole blocks of ${size} octets expected`)
}

/** Throws `TypeError` unless there are `length` octets. */
export function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new TypeError(`${what}: ${length} octets expected`)
}
