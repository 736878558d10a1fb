/** Writing revocation lists (PROTOCOL.krl; krl.c `ssh_krl_to_blob`): the same content always gives the same bytes. */

import { encodeText, latin1 } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { FORMAT_VERSION, type Krl, type KrlExtension, MAGIC, type RevokedCertificates, section } from './krl.ts'
import { writeSerials } from './serial-sections.ts'

/** Bytes of octet text. */
export function octetsOf(text: string): Uint8Array {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < out.length; i++) out[i] = text.charCodeAt(i)
  return out
}

/** In numeric order, which hashes must have (section 4). */
function sorted(texts: Iterable<string>): string[] {
  return Array.from(texts).sort((a, b) => (a < b ? -1 : 1))
}

/** A section of strings, given as octet text, or nothing where there are none. */
function writeStrings(writer: Writer, type: number, texts: Iterable<string>): void {
  const inner = new Writer()
  for (const text of sorted(texts)) inner.string(octetsOf(text))
  if (inner.length > 0) writer.u8(type).string(inner.take())
}

function writeExtensions(writer: Writer, type: number, extensions: readonly KrlExtension[]): void {
  for (const { name, data } of extensions) {
    writer.u8(type).string(new Writer().string(name).u8(0).string(data).take())
  }
}

function writeCertificates(writer: Writer, name: string, revoked: RevokedCertificates): void {
  const inner = new Writer().string(octetsOf(name)).string('')
  const header = inner.length
  writeSerials(inner, revoked.serials)
  writeStrings(
    inner,
    section.keyId,
    Array.from(revoked.keyIds, (id) => latin1(encodeText(id))),
  )
  writeExtensions(inner, section.certificateExtension, revoked.extensions)
  if (inner.length > header) writer.u8(section.certificates).string(inner.take())
}

/**
 * Writes a list, unsigned (see `signKrl`), in the fewest octets: no more than `ssh-keygen -k` needs for what it can read
 * again. Throws `FormatError` `bad-encoding` for text that stands for no bytes.
 *
 * @example
 * ```ts
 * import { createKrl, formatKrl } from 'hawser/krl'
 *
 * const krl = createKrl({ generatedAt: 1700000000, certificates: [{ authority: null, serials: [[1n, 1_000_000n]] }] })
 * console.log(formatKrl(krl).length) // 78
 * ```
 */
export function formatKrl(krl: Krl): Uint8Array {
  const writer = new Writer().raw(octetsOf(MAGIC)).u32(FORMAT_VERSION)
  writer.u64(krl.version).u64(krl.generatedAt).u64(krl.flags).string('').string(krl.comment)
  for (const name of sorted(krl.authorities.keys())) writeCertificates(writer, name, krl.authorities.get(name)!)
  writeStrings(writer, section.key, krl.keys)
  writeStrings(writer, section.sha1, krl.sha1)
  writeStrings(writer, section.sha256, krl.sha256)
  writeExtensions(writer, section.extension, krl.extensions)
  return writer.take()
}
