/** A list as `ssh-keygen -Q -l` prints it (krl.c `krl_dump`), for tests, in UTC. */
import { parseCertificate } from '../../src/cert/index.ts'
import { fingerprint } from '../../src/index.ts'
import { allTypes, isCertificateName, opaquePublicKey, type PublicKey } from '../../src/keys/index.ts'
import type { Krl } from '../../src/krl/index.ts'
import { formatPublicLine } from '../../src/wire/index.ts'
import { octets, toHex } from '../support/bytes.ts'

const types = allTypes

/** Blob → fingerprint and type; of a certificate that of its key. */
function nameOf(blob: Uint8Array): readonly [print: string, type: string] {
  const line = formatPublicLine(blob, '')
  const type = line.split(' ', 1)[0]!
  const key: PublicKey = isCertificateName(types, type)
    ? parseCertificate(line, { types }).publicKey
    : opaquePublicKey(blob)
  return [fingerprint(key), type]
}

export function listing(krl: Krl): string {
  // A time_t has a sign.
  const seconds = Number(BigInt.asIntN(64, krl.generatedAt))
  const date = new Date(seconds * 1000).toISOString().replace(/\..*|[-:]/g, '')
  const out = [`# KRL version ${krl.version}`, `# Generated at ${date}`]
  if (krl.comment) out.push(`# Comment: ${krl.comment}`)
  out.push('')
  for (const key of [...krl.keys].sort()) out.push(`hash: ${nameOf(octets(key)).join(' # ')}`)
  for (const hash of [...krl.sha256].sort()) out.push(`hash: SHA256:${toHex(octets(hash))}`)
  for (const hash of [...krl.sha1].sort()) out.push(`# hash SHA1:${toHex(octets(hash))}`)
  for (const { authority, serials, keyIds } of krl.authorities.values()) {
    if (serials.first.length + keyIds.size === 0) continue
    out.push('')
    if (authority) {
      const [print, type] = nameOf(authority.blob)
      out.push(`# CA key ${type} ${print}`)
    } else out.push('# Wildcard CA')
    for (const [i, first] of serials.first.entries()) {
      const last = serials.last[i]!
      out.push(first === last ? `serial: ${first}` : `serial: ${first}-${last}`)
    }
    for (const id of [...keyIds].sort()) out.push(`id: ${id}`)
  }
  return `${out.join('\n')}\n`
}
