/**
 * Keys from their components, for the containers that take a key apart (DER, JWK, ssh.com's): what a file says twice is
 * compared, what it leaves out is derived, and all of it is held to the fields of the type.
 *
 * The arithmetic is proved by `parsePrivateKey`.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { FormatError } from '../errors.ts'
import type { Components, Field } from '../keys/fields.ts'
import type { KeyType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type KeyOptions, type PublicKey, publicComponents, publicKeyOf } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { bad, mismatch } from '../wire/expect.ts'
import { encodeText } from '../wire/text.ts'

/** Components under construction: copies, ours to wipe. */
export type Known = Record<string, Uint8Array>

/** Keeps a copy of a component. Throws `FormatError` `key-mismatch` where another value of it stands already. */
export function put(known: Known, name: string, value: Uint8Array, what: string): void {
  const before = known[name]
  if (before === undefined) known[name] = new Uint8Array(value)
  else if (!equalBytes(before, value)) throw mismatch(`${what} ${name}`)
}

/** Overwrites all of them. */
export function wipeKnown(known: Components): void {
  for (const value of Object.values(known)) value.fill(0)
}

/** The public components that follow from the private ones. Throws `FormatError` `bad-value` for values that are none. */
export function derived(type: KeyType, known: Known): Components {
  if (!type.derivePublic) throw bad(type.name, 'a public half')
  try {
    return type.derivePublic(known)
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    // The arithmetic takes secrets of the right length alone, and says so in errors of its own.
    throw bad(type.name, 'another length', cause)
  }
}

function addConstants(type: KeyType, known: Known): void {
  for (const { name, constant } of type.publicFields) if (constant !== undefined) known[name] ??= encodeText(constant)
}

/** A public key of components that were read; they are judged, and what is written reads as they are. */
export function finishPublic(type: KeyType, known: Known, options: KeyOptions): PublicKey {
  addConstants(type, known)
  const key = publicKeyOf(type, known, '')
  const again = publicComponents(key, type, options.limits)
  for (const field of type.publicFields) {
    // An integer that had leading zeros is written without them.
    if (again[field.name]!.length !== known[field.name]!.length) throw misfit(type, field)
  }
  return key
}

/**
 * A private key of components that were read, which it takes over: missing public ones are derived, repeated ones
 * compared, all of them held to the fields of the type. Throws `FormatError` (`bad-value`, `key-mismatch`),
 * `LimitError`; then the components are for the caller to wipe.
 */
export function finishPrivate(type: KeyType, known: Known, options: KeyOptions): PrivateKey {
  addConstants(type, known)
  if (type.publicFields.some(({ name }) => known[name] === undefined)) {
    for (const [name, value] of Object.entries(derived(type, known))) put(known, name, value, type.name)
  }
  const components: Known = {}
  for (const field of type.privateFields) components[field.name] = checkField(type, field, known)
  type.checkPublic(components, withLimits(options.limits))
  // What the file repeats though it follows from the rest: dp and dq of RSA.
  const repeated = type.derive?.(components) ?? {}
  try {
    for (const [name, value] of Object.entries(repeated)) if (known[name]) put(known, name, value, type.name)
  } finally {
    wipeKnown(repeated)
  }
  for (const name of Object.keys(known)) {
    if (!components[name]) known[name]!.fill(0)
    delete known[name]
  }
  return new PrivateKey(type, components, '')
}

/** A component that its field could have written and read again. */
function checkField(type: KeyType, field: Field, known: Known): Uint8Array {
  const value = known[field.name]
  if (value === undefined || value.length > field.max) throw misfit(type, field)
  if (!field.codec) {
    if (value.length !== (field.length ?? value.length) || (field.kind === 'mpint' && value[0] === 0)) {
      throw misfit(type, field)
    }
    return value
  }
  const wire = field.codec.encode(value, known)
  try {
    if (wire.length !== (field.length ?? wire.length)) throw misfit(type, field)
    const again = field.codec.decode(wire, known)
    const same = equalBytes(again, value)
    again.fill(0)
    if (!same) throw misfit(type, field)
    return value
  } finally {
    wire.fill(0)
  }
}

function misfit(type: KeyType, { name, length, codec }: Field): FormatError {
  return bad(`${type.name} ${name}`, length === undefined || codec ? 'another length' : `${length} octets`)
}

/** Runs `work` with the components of a key and those that containers repeat, which are wiped afterwards. */
export function withDerived<T>(key: PrivateKey, work: (components: Components) => T): T {
  const components = key.exposeComponents()
  const repeated = key.keyType.derive?.(components) ?? {}
  try {
    return work({ ...components, ...repeated })
  } finally {
    wipeKnown(repeated)
  }
}
