/** The parameters of calls, judged: names, ids, lists, numbers, with the limits that the API documents. */

import { escapeText } from 'hawser/wire'
import { type ApiCode, ApiError } from './api-error.ts'

/** Makes a value of a parameter's text. Throws `ApiError`. */
export type Reader<T> = (value: string, name: string) => T

const shown = (value: string): string => `"${escapeText(value, 80)}"`

/** 2 to 128 characters: a letter of any script, then letters, digits, `:`, `_`, `.` and `-`; so no `http://` either. */
const keyPairNameSyntax = /^\p{L}[\p{L}\p{Nd}:_.-]{1,127}$/u
const patternSyntax = /^[\p{L}\p{Nd}:_.*-]{1,128}$/u
const instanceSyntax = /^i-[a-z0-9]{1,61}$/
const personSyntax = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** Of an account of an instance, and of one of the service: a part of paths. */
export const accountSyntax: RegExp = /^[a-z_][a-z0-9_-]{0,31}$/

function matching(syntax: RegExp, code: ApiCode, what: string): Reader<string> {
  return (value, name) => {
    // Two spellings of one name would be two key pairs that nobody tells apart.
    if (syntax.test(value) && value.normalize() === value) return value
    throw new ApiError(code, `${name}: ${what} expected, not ${shown(value)}.`)
  }
}

export const keyPairName: Reader<string> = matching(
  keyPairNameSyntax,
  'InvalidKeyPairName.Malformed',
  '2 to 128 letters, digits, ":", "_", "." and "-", a letter first,',
)
/** A name, or a part of one with `*`. */
export const keyPairPattern: Reader<string> = matching(
  patternSyntax,
  'InvalidKeyPairName.Malformed',
  'a name, or a part of one with "*",',
)
export const instanceId: Reader<string> = matching(
  instanceSyntax,
  'InvalidInstanceId.NotFound',
  '"i-" and at most 61 of a-z and 0-9',
)
export const personName: Reader<string> = matching(
  personSyntax,
  'InvalidParameter',
  '1 to 64 letters, digits, ".", "_" and "-", a letter or digit first,',
)
/** MD5 in hexadecimal, with colons or without. */
export const md5Fingerprint: Reader<string> = (value, name) => {
  const digits = value.replace(/^MD5:/i, '').replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{32}$/.test(digits)) return digits
  throw new ApiError('InvalidParameter', `${name}: the MD5 fingerprint of a key expected, not ${shown(value)}.`)
}

function list(most: number, malformed: ApiCode, one: Reader<string>): Reader<readonly string[]> {
  return (value, name) => {
    let given: unknown
    try {
      given = JSON.parse(value)
    } catch {
      given = undefined
    }
    if (!Array.isArray(given) || given.length === 0 || given.some((item) => typeof item !== 'string')) {
      throw new ApiError(malformed, `${name}: a JSON array of texts expected, such as ["one", "two"].`)
    }
    if (given.length > most) throw new ApiError('InstanceKeyPairLimitExceeded', `${name}: at most ${most}.`)
    if (new Set(given).size < given.length) throw new ApiError(malformed, `${name}: one of them stands there twice.`)
    return given.map((item: string) => one(item, name))
  }
}

/** Ids of any look: one that is none is answered for in its place. */
export const instanceIds: Reader<readonly string[]> = list(50, 'InvalidInstanceIds.ValueNotSupported', (id) => id)
export const keyPairNames: Reader<readonly string[]> = list(100, 'InvalidKeyPairNames.ValueNotSupported', keyPairName)

export function integer(least: number, most: number): Reader<number> {
  return (value, name) => {
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    throw new ApiError('InvalidParameter', `${name}: a number from ${least} to ${most} expected, not ${shown(value)}.`)
  }
}

export const flag: Reader<boolean> = (value, name) => {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new ApiError('InvalidParameter', `${name}: true or false expected, not ${shown(value)}.`)
}

/** Text that is judged where it is used. */
export const text: Reader<string> = (value) => value
