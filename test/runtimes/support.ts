/** What the cases share: the manifest of the corpus, and what an operation ended with. */
import { toHex } from '../support/bytes.ts'
import assert from './assert.ts'
import type { Given } from './suite.ts'

/** One object of the corpus's manifest; its README says how to read it. */
export interface SharedEntry {
  readonly path: string
  readonly kind: string
  readonly format?: string
  readonly keyType?: string
  readonly passphrase?: string | null
  readonly encrypted?: boolean
  readonly negative?: boolean
  readonly variant?: string
  readonly note?: string
  readonly ca?: string
  readonly message?: string
  readonly namespace?: string
  readonly allowedSigners?: string
  readonly revoked?: string
  readonly identity?: string
  readonly options?: readonly string[]
  readonly mayReject?: boolean
  readonly cipher?: string
  readonly kdf?: { readonly name: string; readonly rounds?: number }
  readonly pbe?: Readonly<Record<string, unknown>>
  readonly expect: Expectation
}

/** What is expected; which parts are there depends on the kind. */
export interface Expectation {
  readonly load?: boolean | null
  readonly fingerprint?: string
  readonly fingerprints?: Readonly<Record<string, string>>
  readonly randomart?: Readonly<Record<'md5' | 'sha256', string>>
  readonly bubblebabble?: string
  readonly sshfp?: { readonly text: readonly string[]; readonly generic: readonly string[] } | null
  readonly comment?: string
  readonly publicLine?: string
  readonly resourceLimit?: boolean
  readonly parses?: boolean
  readonly shouldParse?: boolean | null
  readonly fields?: Readonly<Record<string, unknown>>
  readonly authOptions?: unknown
  readonly authority?: readonly unknown[]
  readonly lines?: readonly unknown[]
  readonly find?: readonly unknown[]
  readonly check?: readonly unknown[]
  readonly cases?: readonly unknown[]
  readonly listing?: string
  readonly revoked?: readonly string[]
  readonly notRevoked?: readonly string[]
  readonly valid?: boolean
  readonly ok?: boolean
  readonly exit?: number
  readonly principals?: readonly string[]
}

/**
 * Entries of the corpus by kind and format, each with a name of its own. JSON numbers above 2^53 lose their end: the
 * one such number, 2^64 − 1, is still above 2^63.
 */
export function sharedEntries(given: Given, kind: string, format?: string): readonly SharedEntry[] {
  return given
    .json<readonly SharedEntry[]>('shared/made/manifest.json')
    .filter((entry) => entry.kind === kind && (format === undefined || entry.format === format))
}

/** The code of the error of `work`, which must be one of the library's; `undefined` where it succeeds. */
export async function codeOf(given: Given, work: () => unknown): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    if (error instanceof given.library.errors.SshError) return error.code
    throw error
  }
  return undefined
}

/** For `assert.throws`: an error of the library. */
export function isKnown(given: Given): (error: unknown) => boolean {
  return (error) => error instanceof given.library.errors.SshError
}

/** Names of the types that the library decodes. */
export function known(given: Given): ReadonlySet<string> {
  return new Set(given.library.keys.allTypes.map((type) => type.name))
}

/** Every signature algorithm, the legacy ones too. */
export function allAlgorithms(given: Given): readonly string[] {
  return given.library.keys.allTypes.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
}

/** Octets, compared without a walk through their keys. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, message?: string): void {
  assert.equal(toHex(actual), toHex(expected), message)
}

/** What a table of expected values says, and that it says something. */
export function expectedOf(table: Readonly<Record<string, string>>, name: string): string {
  const found = table[name]
  if (found === undefined) throw new Error(`no expected value of "${name}": make-expected.ts writes the table`)
  return found
}
