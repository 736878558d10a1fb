/** Revocation lists. */
import { load } from '../library.mjs'
import { bytesOf, fill, key, limits, line, most, noise, strings, types, wire } from './inputs.mjs'

const { createKrl, formatKrl, isRevoked, keyListRevocation, mergeKrls, parseKrl } = await load('krl/index.js')

/** Serial numbers in no order, in that many octets. */
const serials = (size) => BigUint64Array.from({ length: size / 8 }, (_, i) => BigInt(i + 1) * 0x9e3779b97f4a7c15n)

/** A revocation list with that content, read; sections of no authority in particular have one around them. */
function krl(type, content, certificates = true) {
  const section = (number, data) => new wire.Writer().u8(number).string(data).take()
  const head = new wire.Writer().string('').string('').raw(section(type, content)).take()
  const writer = new wire.Writer().raw(bytesOf('SSHKRL\n\0')).u32(1).u64(1n).u64(0n).u64(0n).string('').string('')
  const bytes = writer.raw(certificates ? section(1, head) : section(type, content)).take()
  return () => parseKrl(bytes, { types, limits: { krlEntries: most } })
}

/** The head of a list and the sections behind it. */
const listOf = (sections) =>
  new wire.Writer().raw(bytesOf('SSHKRL\n\0')).u32(1).u64(1n).u64(0n).u64(0n).string('').string('').raw(sections).take()

/** Sections made one after the other until they have that size. */
function sections(size, make) {
  const writer = new wire.Writer()
  for (let i = 0; writer.length < size; i++) make(writer, i)
  return listOf(writer.take())
}

export const groups = {
  'Revocation lists': {
    'KRL, list': (size) => krl(0x20, new Uint8Array(serials(size).buffer)),
    'KRL, bitmap': (size) => {
      const writer = new wire.Writer().u64(1n)
      return krl(0x22, writer.string(noise(size).fill(0, 0, 1)).take())
    },
    'KRL, key ids': (size) => krl(0x23, strings('somebody@somewhere.example.com, key ', size)),
    'KRL, keys': (size) => krl(2, strings('what would be the blob of a small public key ', size), false),
    'KRL, empty sections': (size) => {
      const bytes = new Uint8Array(44 + Math.ceil(size / 5) * 5)
      bytes.set(bytesOf('SSHKRL\n'))
      bytes[11] = 1
      for (let at = 44; at < bytes.length; at += 5) bytes[at] = 2
      return () => parseKrl(bytes, { types })
    },
    'KRL, write serial numbers': (size) => {
      const list = createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: serials(size) }] })
      return () => formatKrl(list)
    },
    'key list': (size) => {
      const text = fill(`${line}\n`, size - (size % (line.length + 1)))
      return () => keyListRevocation(text, { types })
    },
    'KRL, ranges': (size) => {
      const bytes = sections(size, (writer, i) => {
        const range = new wire.Writer()
          .u64(BigInt(i * 10 + 1))
          .u64(BigInt(i * 10 + 4))
          .take()
        const inner = new wire.Writer().string('').string('').u8(0x21).string(range).take()
        writer.u8(1).string(inner)
      })
      return () => parseKrl(bytes, { types, limits })
    },
    'KRL, hashes': (size) => {
      const hashes = new wire.Writer()
      for (let i = 0; i < size / 36; i++)
        hashes.string(Uint8Array.from({ length: 32 }, (_, at) => (at < 4 ? i >>> (8 * at) : at)))
      const bytes = listOf(new wire.Writer().u8(5).string(hashes.take()).take())
      return () => parseKrl(bytes, { types, limits })
    },
    'KRL, signatures': (size) => {
      const bytes = sections(size, (writer) => writer.u8(4).string(key.publicKey.blob).string(noise(83)))
      return () => parseKrl(bytes, { types, limits })
    },
    'KRL, an authority a section': (size) => {
      const bytes = sections(size, (writer, i) => {
        const authority = new wire.Writer().string('test@example.com').u32(i).take()
        const serial = new wire.Writer().u64(1n).take()
        const inner = new wire.Writer().string(authority).string('').u8(0x20).string(serial).take()
        writer.u8(1).string(inner)
      })
      return () => parseKrl(bytes, { types: [], limits })
    },
    'KRL, merge two': (size) => {
      const of = (from) =>
        createKrl({
          generatedAt: 0,
          certificates: [{ authority: null, serials: serials(size / 2).map((n) => n ^ from) }],
        })
      const lists = [of(0n), of(5n)]
      return () => mergeKrls(lists)
    },
    'KRL, ask 1000 times': (size) => {
      const list = createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: serials(size) }] })
      const subject = { authority: key.publicKey, publicKey: key.publicKey, keyId: 'k', serial: 5n }
      return () => {
        let found = 0
        for (let i = 0; i < 1000; i++) if (isRevoked(list, { ...subject, serial: BigInt(i) })) found++
        return found
      }
    },
  },
}
