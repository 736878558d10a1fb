/** Revocation lists that real tools made, of the project's own set and of `../shared/vectors` where it is there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseCertificate } from '../../src/cert/index.ts'
import { SshError } from '../../src/errors.ts'
import { parsePublicKey } from '../../src/index.ts'
import { allTypes, type Certificate, type PublicKey } from '../../src/keys/index.ts'
import { createKrl, formatKrl, isRevoked, type Krl, parseKrl } from '../../src/krl/index.ts'
import { publicKey } from '../support/keys.ts'
import { vector, vectorText } from '../support/vectors.ts'
import { listing } from './listing.ts'

const types = allTypes
const krl = (name: string) => parseKrl(vector(`krl/${name}.krl`), { types })
const certificate = (name: string) => parseCertificate(vector(`certs/${name}-cert.pub`), { types })

describe('revocation lists of the set', () => {
  const manifest: { name: string; revoked: string[] | null }[] = JSON.parse(vectorText('krl/manifest.json'))
  const names = [
    ...['ca-ed25519', 'ca-rsa', 'ed25519', 'ecdsa256', 'rsa2048'].map((name) => `keys/${name}.pub`),
    ...JSON.parse(vectorText('manifest.json')).certificates.map((entry: { name: string }) => `certs/${entry.name}`),
  ]
  const subjects = new Map<string, PublicKey | Certificate>(
    names.map((path) => [
      path,
      path.startsWith('certs/') ? parseCertificate(vector(path), { types }) : parsePublicKey(vector(path)),
    ]),
  )

  for (const { name, revoked } of manifest) {
    if (revoked === null) continue
    it(`answers as ssh-keygen -Q: ${name}`, () => {
      const list = krl(name)
      const found = [...subjects].filter(([, subject]) => isRevoked(list, subject)).map(([path]) => path)
      assert.deepEqual(found.sort(), revoked.sort())
      const again = formatKrl(list)
      assert.ok(again.length <= vector(`krl/${name}.krl`).length)
      assert.deepEqual(parseKrl(again, { types }), list)
    })
  }

  it('says why', () => {
    const cases: [string, PublicKey | Certificate, string][] = [
      ['list', certificate('user-rsa2048'), 'serial'],
      ['ids', certificate('forever'), 'key-id'],
      ['any-authority', certificate('ca-rsa-sha1'), 'serial'],
      ['any-authority', certificate('principals'), 'key-id'],
      ['keys', publicKey('ed25519'), 'key'],
      ['keys', publicKey('ecdsa256'), 'sha1'],
      ['keys', publicKey('rsa2048'), 'sha256'],
      ['keys', certificate('user-rsa2048'), 'sha256'],
      ['authority', certificate('user-rsa2048'), 'authority'],
    ]
    for (const [name, subject, reason] of cases) assert.equal(isRevoked(krl(name), subject), reason, name)
  })

  it('reads a bitmap of more than 16384 bits, which ssh-keygen writes but refuses to read', () => {
    assert.equal(manifest.find(({ name }) => name === 'large-bitmap')?.revoked, null)
    const [ca] = [...krl('large-bitmap').authorities.values()]
    const expected: bigint[] = []
    for (let i = 7; i < 17000; i += 2 + (i % 3)) expected.push(BigInt(i))
    assert.deepEqual(Array.from(ca!.serials.first), expected)
    assert.deepEqual(ca!.serials.first, ca!.serials.last)
  })
})

interface Entry {
  readonly path: string
  readonly kind: string
  readonly spec?: string
  readonly expect: {
    readonly parses: boolean
    readonly listing?: string
    readonly revoked?: readonly string[]
    readonly notRevoked?: readonly string[]
  }
}

const folder = new URL('../../../shared/vectors/made/', import.meta.url)
const present = existsSync(new URL('manifest.json', folder))
if (!present) console.log('krl/vectors: PARTLY SKIPPED, there is no ../shared/vectors beside this repository')
const shared = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))

describe('revocation lists of the shared corpus', { skip: !present }, () => {
  const entries: Entry[] = present
    ? JSON.parse(new TextDecoder().decode(shared('manifest.json'))).filter((entry: Entry) => entry.kind === 'krl')
    : []
  const subjects = new Map<string, PublicKey | Certificate>()
  const subject = (path: string): PublicKey | Certificate => {
    const found =
      subjects.get(path) ??
      (path.endsWith('-cert.pub') ? parseCertificate(shared(path), { types }) : parsePublicKey(shared(path)))
    subjects.set(path, found)
    return found
  }

  it('has all 73 of them', () => assert.equal(entries.length, 73))

  for (const { path, expect } of entries) {
    it(`${expect.parses ? 'reads' : 'refuses'} ${path}`, () => {
      const bytes = shared(path)
      if (!expect.parses) {
        assert.throws(() => parseKrl(bytes, { types }), SshError)
        return
      }
      const list = parseKrl(bytes, { types })
      if (expect.listing !== undefined) assert.equal(listing(list), expect.listing)
      const check = (read: Krl) => {
        for (const file of expect.revoked ?? []) assert.notEqual(isRevoked(read, subject(file)), undefined, file)
        for (const file of expect.notRevoked ?? []) assert.equal(isRevoked(read, subject(file)), undefined, file)
      }
      check(list)
      const again = formatKrl(list)
      check(parseKrl(again, { types }))
      assert.ok(again.length <= bytes.length, `${again.length} octets, ${bytes.length} there`)
    })
  }

  it('makes the same list of the same content in any order', () => {
    const all = entries.filter(({ expect }) => expect.parses).map(({ path }) => parseKrl(shared(path), { types }))
    for (const list of all) {
      const reversed: Krl = {
        ...list,
        authorities: new Map([...list.authorities].reverse()),
        keys: new Set([...list.keys].reverse()),
      }
      assert.deepEqual(formatKrl(reversed), formatKrl(list))
    }
    assert.ok(all.length > 40)
    assert.equal(formatKrl(createKrl({ generatedAt: 0 })).length, 44)
  })
})
