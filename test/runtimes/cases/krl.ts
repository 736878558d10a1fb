/** Revocation lists: the answers of `ssh-keygen -Q`, and the same list after it is written again. */
import { octets, toHex } from '../../support/bytes.ts'
import type { CertificateVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { isKnown, sameBytes, sharedEntries } from '../support.ts'

type Subject = Parameters<typeof import('../../../src/krl/index.ts').isRevoked>[1]
type Krl = import('../../../src/krl/index.ts').Krl

export function krlCases(given: Given, add: Add): void {
  const { root, keys, krl } = given.library
  const types = keys.allTypes
  const parse = (bytes: Uint8Array) => krl.parseKrl(bytes, { types })
  const subject = (path: string): Subject =>
    path.endsWith('-cert.pub') ? root.parseCertificate(given.file(path)) : root.parsePublicKey(given.file(path))

  const own = given.json<{ certificates: readonly CertificateVector[] }>('own/manifest.json')
  const names = [
    ...['ca-ed25519', 'ca-rsa', 'ed25519', 'ecdsa256', 'rsa2048'].map((name) => `keys/${name}.pub`),
    ...own.certificates.map(({ name }) => `certs/${name}`),
  ]
  for (const { name, revoked } of given.json<readonly { name: string; revoked: readonly string[] | null }[]>(
    'own/krl/manifest.json',
  )) {
    add.plain(`${name} as ssh-keygen -Q answers`, () => {
      const bytes = given.file(`own/krl/${name}.krl`)
      const list = parse(bytes)
      const again = krl.formatKrl(list)
      // Null: ssh-keygen writes so large a bitmap, but refuses to read it.
      if (revoked !== null) {
        const found = names.filter((path) => krl.isRevoked(list, subject(`own/${path}`)) !== undefined)
        assert.deepEqual(found.sort(), [...revoked].sort())
        assert.ok(again.length <= bytes.length)
      }
      sameBytes(krl.formatKrl(parse(again)), again)
      assert.ok(krl.isKrl(bytes) && !krl.isKrl(bytes.subarray(1)))
    })
  }

  add.plain('a list of keys in text revokes them', async () => {
    const revocation = krl.revocationFrom(given.text('own/keys/ed25519.pub'), { types })
    assert.notEqual(await revocation(root.parsePublicKey(given.file('own/keys/ed25519.pub'))), undefined)
    assert.equal(await revocation(root.parsePublicKey(given.file('own/keys/rsa2048.pub'))), undefined)
  })

  add.crypto('a signed list', async () => {
    const authority = await root.parsePrivateKey(given.file('own/keys/ca-ed25519'))
    const bytes = given.file('own/krl/list.krl')
    const signed = await krl.signKrl(bytes, authority)
    const read = await krl.parseSignedKrl(signed, { types, requireSignedBy: [authority.publicKey] })
    sameBytes(krl.formatKrl(read), krl.formatKrl(parse(bytes)))
    const other = root.parsePublicKey(given.file('own/keys/ca-rsa.pub'))
    const error = await krl
      .parseSignedKrl(signed, { types, requireSignedBy: [other] })
      .catch((caught: unknown) => caught)
    assert.ok(isKnown(given)(error), String(error))
  })

  if (!given.shared) return
  for (const { path, expect } of sharedEntries(given, 'krl')) {
    add.plain(path, () => {
      const bytes = given.file(`shared/made/${path}`)
      if (!expect.parses) {
        assert.throws(() => parse(bytes), isKnown(given))
        return
      }
      const list = parse(bytes)
      if (expect.listing !== undefined) assert.equal(listing(given, list), expect.listing)
      const again = krl.formatKrl(list)
      for (const read of [list, parse(again)] as readonly Krl[]) {
        for (const file of expect.revoked ?? []) {
          assert.notEqual(krl.isRevoked(read, subject(`shared/made/${file}`)), undefined, file)
        }
        for (const file of expect.notRevoked ?? []) {
          assert.equal(krl.isRevoked(read, subject(`shared/made/${file}`)), undefined, file)
        }
      }
      assert.ok(again.length <= bytes.length)
    })
  }
}

/** A list as `ssh-keygen -Q -l` prints it (krl.c `krl_dump`), in UTC. */
function listing(given: Given, krl: Krl): string {
  const { root, keys, wire } = given.library
  const nameOf = (blob: Uint8Array): string => {
    const line = wire.formatPublicLine(blob, '')
    const type = line.split(' ', 1)[0]!
    const key = keys.isCertificateName(keys.allTypes, type) ? root.parseCertificate(line) : keys.opaquePublicKey(blob)
    return `${root.fingerprint(key)} # ${type}`
  }
  // A time_t has a sign.
  const date = new Date(Number(BigInt.asIntN(64, krl.generatedAt)) * 1000).toISOString().replace(/\..*|[-:]/g, '')
  const out = [`# KRL version ${krl.version}`, `# Generated at ${date}`]
  if (krl.comment) out.push(`# Comment: ${krl.comment}`)
  out.push('')
  for (const key of [...krl.keys].sort()) out.push(`hash: ${nameOf(octets(key))}`)
  for (const hash of [...krl.sha256].sort()) out.push(`hash: SHA256:${toHex(octets(hash))}`)
  for (const hash of [...krl.sha1].sort()) out.push(`# hash SHA1:${toHex(octets(hash))}`)
  for (const { authority, serials, keyIds } of krl.authorities.values()) {
    if (serials.first.length + keyIds.size === 0) continue
    const [print, type] = authority ? nameOf(authority.blob).split(' # ') : []
    out.push('', authority ? `# CA key ${type} ${print}` : '# Wildcard CA')
    for (const [i, first] of serials.first.entries()) {
      const last = serials.last[i]!
      out.push(first === last ? `serial: ${first}` : `serial: ${first}-${last}`)
    }
    for (const id of [...keyIds].sort()) out.push(`id: ${id}`)
  }
  return `${out.join('\n')}\n`
}
