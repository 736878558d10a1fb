/** Revocation lists by hand, section by section, so that a test can say any of them, sound or not. */
import { section } from '../../src/krl/krl.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, octets } from '../support/bytes.ts'

export { section } from '../../src/krl/krl.ts'

/** A header with these fields, then the sections. */
export function list(...sections: readonly Uint8Array[]): Uint8Array {
  return concat(header(), ...sections)
}

export function header(format = 1, comment: string | Uint8Array = ''): Uint8Array {
  const writer = new Writer().raw(octets('SSHKRL\n\0')).u32(format).u64(1n).u64(1700000000n).u64(0n)
  return writer.string('').string(comment).take()
}

/** A section with that content. */
export function part(type: number, ...content: readonly Uint8Array[]): Uint8Array {
  return new Writer()
    .u8(type)
    .string(concat(...content))
    .take()
}

export const string = (value: string | Uint8Array): Uint8Array => new Writer().string(value).take()
export const numbers = (...values: readonly bigint[]): Uint8Array => {
  const writer = new Writer()
  for (const value of values) writer.u64(value)
  return writer.take()
}

/** A section of certificates by that authority. */
export function certificates(authority: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return part(section.certificates, string(authority), string(''), ...parts)
}

/** A bitmap as it stands, zeros in front included. */
export function bitmap(offset: bigint, mpint: Uint8Array): Uint8Array {
  return part(section.serialBitmap, numbers(offset), string(mpint))
}

export function extension(type: number, name: string, critical: number): Uint8Array {
  return part(type, string(name), Uint8Array.of(critical), string('data'))
}
