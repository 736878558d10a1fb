/**
 * Private key files: every container, cipher and key derivation, opened with the right passphrase, a wrong one and none.
 * What derives by PBKDF2 runs with and without WebCrypto; nothing else here asks for it.
 *
 * Of the corpus's encrypted files those run that are the first with their container and key type, container and cipher,
 * or container and key derivation; the rest differ in nothing that a runtime could decide, and the unit tests have
 * them. Plain files run all, negative ones but for those of 16 and more rounds of bcrypt or of Argon2.
 */

import { hex } from '../../support/bytes.ts'
import type { EncryptedVector, KeyVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, type SharedEntry, sameBytes, sharedEntries } from '../support.ts'

interface PuttyVector {
  readonly file: string
  readonly format: string
  readonly encrypted: boolean
  readonly type: string
  readonly sha256: string
  readonly comment: string
}

export function privateFileCases(given: Given, add: Add): void {
  const { root, wire } = given.library
  const { parsePrivateKey, parsePublicKey, fingerprint, identify } = root

  for (const entry of given.json<{ keys: readonly KeyVector[] }>('own/manifest.json').keys) {
    add.plain(`keys/${entry.name}`, async () => {
      const input = given.file(`own/keys/${entry.name}`)
      const key = await parsePrivateKey(input)
      sameBytes(key.publicKey.blob, parsePublicKey(given.file(`own/keys/${entry.name}.pub`)).blob)
      assert.deepEqual([key.type, key.comment], [entry.type, wire.decodeText(hex(entry.commentHex))])
      assert.equal(identify(input).artifact, 'private-key')
      key.wipe()
      assert.equal(await codeOf(given, () => key.sign(input)), 'wiped')
      assert.throws(() => key.exposeComponents(), { code: 'wiped' })
    })
  }

  for (const { name } of given.json<readonly { name: string }[]>('own/types/manifest.json')) {
    add.plain(`types/${name}`, async () => {
      const key = await parsePrivateKey(given.file(`own/types/${name}`))
      const line = parsePublicKey(given.file(`own/types/${name}.pub`))
      sameBytes(key.publicKey.blob, line.blob)
      assert.equal(key.comment, line.comment)
    })
  }

  for (const entry of given.json<{ encrypted: readonly EncryptedVector[] }>('own/manifest.json').encrypted) {
    add.plain(`encrypted/${entry.name}`, async () => {
      const input = given.file(`own/encrypted/${entry.name}`)
      const key = await parsePrivateKey(input, { passphrase: entry.passphrase })
      sameBytes(key.publicKey.blob, wire.decodeBase64(entry.publicBase64))
      const plain = await parsePrivateKey(given.file(`own/keys/${entry.key}`))
      assert.deepEqual(key.exposeComponents(), plain.exposeComponents())
      const none = await parsePrivateKey(input).catch((error: unknown) => error)
      assert.ok(none instanceof given.library.errors.PassphraseError)
      assert.equal(none.code, 'passphrase-required')
      sameBytes(none.publicKey!.blob, key.publicKey.blob)
      // A wrong passphrase costs what the right one does.
      if (entry.rounds > 1) return
      await assert.rejects(parsePrivateKey(input, { passphrase: `${entry.passphrase} ` }), { code: 'passphrase-wrong' })
    })
  }

  for (const path of given.paths('own/der/')) {
    const name = path.slice('own/der/'.length)
    if (name === 'versions.txt' || name.endsWith('.pub')) continue
    const isPublic = /\.(spki|rsapub)(\.der)?$/.test(name)
    const way = /pbkdf2|-cbc|scrypt/.test(name) ? add.crypto : add.plain
    way(`der/${name}`, async () => {
      const expected = await expectedBlob(given, name.split('.', 1)[0]!)
      const input = given.file(path)
      const passphrase = 'correct horse'
      const key = isPublic ? parsePublicKey(input) : (await parsePrivateKey(input, { passphrase })).publicKey
      sameBytes(key.blob, expected)
      if (isPublic || (await codeOf(given, () => parsePrivateKey(input))) === undefined) return
      assert.equal(await codeOf(given, () => parsePrivateKey(input)), 'passphrase-required')
      assert.equal(await codeOf(given, () => parsePrivateKey(input, { passphrase: 'wrong' })), 'passphrase-wrong')
    })
  }

  const putty = given.json<{ passphrase: string; files: readonly PuttyVector[] }>('own/putty/manifest.json')
  for (const { file, format, encrypted, type, sha256, comment } of putty.files) {
    add.plain(`putty/${file}`, async () => {
      const input = given.file(`own/putty/${file}`)
      const { passphrase } = putty
      const key =
        format === 'rfc4716'
          ? parsePublicKey(input)
          : (await parsePrivateKey(input, encrypted ? { passphrase } : {})).publicKey
      assert.deepEqual([key.type, fingerprint(key), key.comment], [type, sha256, comment])
      if (encrypted) assert.equal(await codeOf(given, () => parsePrivateKey(input)), 'passphrase-required')
    })
  }

  if (!given.shared) return
  const seen = new Set<string>()
  for (const entry of sharedEntries(given, 'private-key')) {
    if (!chosen(entry, seen) || stale(entry)) continue
    const way = entry.format === 'pkcs8-encrypted' ? add.crypto : add.plain
    way(`${entry.path} (${entry.format})`, () => checkShared(given, entry))
  }
}

/** The rule of the header. */
function chosen(entry: SharedEntry, seen: Set<string>): boolean {
  if (!entry.encrypted && !entry.passphrase) return true
  if (entry.negative) return !/r16|r24|ppk/.test(entry.path)
  const { format, keyType, cipher, kdf, pbe } = entry
  const marks = [keyType, cipher, kdf && `${kdf.name} ${kdf.rounds}`, pbe?.scheme, pbe?.cipher, pbe?.prf]
  const fresh = marks.filter((mark) => mark !== undefined && !seen.has(`${format} ${mark}`))
  for (const mark of fresh) seen.add(`${format} ${mark}`)
  return fresh.length > 0
}

/** The corpus holds another file than the first of two entries of this path says (openssl refuses the passphrase too). */
function stale(entry: SharedEntry): boolean {
  return entry.path === 'set1/keys/ecdsa521/pkcs8/aes-256-cbc-sha256.pem' && entry.passphrase === 'secret-1'
}

async function checkShared(given: Given, entry: SharedEntry): Promise<void> {
  const { parsePrivateKey, formatPublicKey, fingerprint } = given.library.root
  const { load, fingerprint: print, comment, publicLine, resourceLimit } = entry.expect
  const input = given.file(`shared/made/${entry.path}`)
  const open = () => parsePrivateKey(input, { passphrase: entry.passphrase ?? undefined })
  const key = await open().catch((error: unknown) => error)
  if (!(key instanceof given.library.root.PrivateKey)) {
    assert.ok(key instanceof given.library.errors.SshError, String(key))
    assert.notEqual(load, true, `${key.code}: ${key.message}`)
    if (resourceLimit) assert.equal(key.code, 'limit')
    return
  }
  assert.notEqual(load, false, 'was to be refused')
  if (print) assert.equal(fingerprint(key.publicKey), print)
  const hasComment = /^(openssh-key-v1|ppk)/.test(entry.format ?? '')
  if (hasComment && comment !== undefined) assert.equal(key.comment, comment)
  if (publicLine) assert.equal(formatPublicKey(key.publicKey).trimEnd(), publicLine.trimEnd())
  if (entry.encrypted) assert.equal(await codeOf(given, () => parsePrivateKey(input)), 'passphrase-required')
}

/** The blob that a file of `der/` must give, by the first word of its name. */
async function expectedBlob(given: Given, key: string): Promise<Uint8Array> {
  const { decodeBase64, Writer } = given.library.wire
  if (key === 'dsa1024') return decodeBase64(given.text('own/der/dsa1024.pub').split(' ')[1]!.trim())
  // No tool prints a line of it, but its SPKI ends with the 32 octets that the blob ends with.
  if (key === 'openssl25519') {
    const spki = decodeBase64(given.text('own/der/openssl25519.spki').split('\n')[1]!)
    return new Writer().string('ssh-ed25519').string(spki.slice(-32)).take()
  }
  return decodeBase64(given.text(`own/keys/${key}.pub`).split(' ')[1]!.trim())
}
