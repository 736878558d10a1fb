/**
 * Constraints on the use of a key (RFC 9987 section 5.2.7; OpenSSH's in PROTOCOL.agent sections 2 and 3). Each stands
 * behind the one before it without a length: behind one that is not known, nothing can be read.
 */

import { AGENT_CONSTRAINTS } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import type { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { type DestinationConstraint, readDestinations, writeDestinations } from './destination.ts'

/** Where an extension stands under the number of the first drafts, 3 and not 255 (golang/crypto ssh/agent reads both). */
interface Extension {
  readonly legacy?: true | undefined
}

/** A constraint. */
export type Constraint =
  /** Forget the key after so many seconds. */
  | { readonly kind: 'lifetime'; readonly seconds: number }
  /** Ask before each use. */
  | { readonly kind: 'confirm' }
  /** `restrict-destination-v00@openssh.com`: only for these destinations. */
  | (Extension & { readonly kind: 'restrict-destination'; readonly destinations: readonly DestinationConstraint[] })
  /** `associated-certs-v00@openssh.com`, of tokens alone: certificate blobs for the keys found there. */
  | (Extension & {
      readonly kind: 'associated-certs'
      /** Do not add the plain keys. */
      readonly certificatesOnly: boolean
      readonly certificates: readonly Uint8Array[]
    })
  /** `sk-provider@openssh.com`, of security keys alone: the path of the library that speaks with it. */
  | (Extension & { readonly kind: 'sk-provider'; readonly provider: string })
  /** An extension that is not known, always the last one: all that follows its name. */
  | (Extension & { readonly kind: 'extension'; readonly name: string; readonly contents: Uint8Array })
  /** A number that is not known, always the last one: all that follows it. */
  | { readonly kind: 'unknown'; readonly type: number; readonly contents: Uint8Array }

const LIFETIME = 1
const CONFIRM = 2
const LEGACY = 3
const EXTENSION = 255

const names = {
  'restrict-destination': 'restrict-destination-v00@openssh.com',
  'associated-certs': 'associated-certs-v00@openssh.com',
  'sk-provider': 'sk-provider@openssh.com',
}

function readCertificates(reader: Reader): Uint8Array[] {
  const certificates: Uint8Array[] = []
  while (reader.left) {
    if (certificates.length === AGENT_CONSTRAINTS) throw aboveLimit('associated certificates', AGENT_CONSTRAINTS)
    certificates.push(reader.copySince(reader.skipString('certificate')))
  }
  return certificates
}

function readConstraint(reader: Reader): Constraint {
  const type = reader.u8('constraint')
  if (type === LIFETIME) return { kind: 'lifetime', seconds: reader.u32('lifetime') }
  if (type === CONFIRM) return { kind: 'confirm' }
  if (type !== EXTENSION && type !== LEGACY) return { kind: 'unknown', type, contents: restOf(reader) }
  const name = reader.text('constraint extension')
  const legacy = type === LEGACY ? { legacy: true as const } : {}
  switch (name) {
    case names['restrict-destination']:
      return { kind: 'restrict-destination', ...legacy, destinations: readDestinations(reader.inner('destinations')) }
    case names['associated-certs']:
      return {
        kind: 'associated-certs',
        ...legacy,
        certificatesOnly: reader.u8('certificates only') !== 0,
        certificates: readCertificates(reader.inner('certificates')),
      }
    case names['sk-provider']:
      return { kind: 'sk-provider', ...legacy, provider: reader.text('provider') }
    default:
      return { kind: 'extension', ...legacy, name, contents: restOf(reader) }
  }
}

/** A copy of all that is left. */
export function restOf(reader: Reader): Uint8Array {
  return reader.copySince(reader.skip(reader.left, 'rest'))
}

/**
 * Reads constraints to the end. One that is not known takes all the rest with it, and whoever does not know it must
 * refuse the key. Throws `FormatError`, `LimitError`; also for one that is there twice, as OpenSSH does.
 */
export function readConstraints(reader: Reader): Constraint[] {
  const constraints: Constraint[] = []
  while (reader.left) {
    const constraint = readConstraint(reader)
    if (constraints.some(({ kind }) => kind === constraint.kind)) throw bad(`constraint ${constraint.kind}`, 'one')
    constraints.push(constraint)
  }
  return constraints
}

/** Writes constraints. Throws `FormatError` `bad-encoding` for text that stands for no octets. */
export function writeConstraints(writer: Writer, constraints: readonly Constraint[]): void {
  for (const constraint of constraints) {
    const { kind } = constraint
    if (kind === 'lifetime') writer.u8(LIFETIME).u32(constraint.seconds)
    else if (kind === 'confirm') writer.u8(CONFIRM)
    else if (kind === 'unknown') writer.u8(constraint.type).raw(constraint.contents)
    else {
      writer.u8(constraint.legacy ? LEGACY : EXTENSION).string(kind === 'extension' ? constraint.name : names[kind])
      if (kind === 'extension') writer.raw(constraint.contents)
      else if (kind === 'sk-provider') writer.string(constraint.provider)
      else {
        const list = new Writer()
        if (kind === 'restrict-destination') writeDestinations(list, constraint.destinations)
        else {
          writer.u8(constraint.certificatesOnly ? 1 : 0)
          for (const certificate of constraint.certificates) list.string(certificate)
        }
        writer.string(list.take())
      }
    }
  }
}
