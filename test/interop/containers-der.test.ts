/** PKCS#8, PKCS#1, SEC 1, DSA PEM and SPKI, both ways, with `openssl` and `ssh-keygen`, for each type. */

import assert from 'node:assert/strict'
import type { WritePrivateOptions } from '../../src/formats/format.ts'
import type { PrivateFormat } from '../../src/formats/index.ts'
import { pkcs1Public } from '../../src/formats/pkcs1-public.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { spki } from '../../src/formats/spki.ts'
import { dsa, pkcs1, sec1 } from '../../src/formats/traditional.ts'
import { formatPublicKey, generateKey, type KeyAlias, type PrivateKey } from '../../src/index.ts'
import { derVector, readPrivate, readPublic, types } from '../support/containers.ts'
import { get, inParallel, interop, must, opensshVersion, put, run } from './support.ts'

const passphrase = 'pässword with spaces'

interface Made {
  readonly label: string
  readonly key: PrivateKey
  /** The older container of its type, and the openssl command for it. */
  readonly traditional: readonly [PrivateFormat, string] | undefined
}

async function makeKeys(): Promise<Made[]> {
  const kinds = [
    ['ed25519', 'ed25519', undefined],
    ['ecdsa-p256', 'ecdsa-p256', [sec1, 'ec']],
    ['ecdsa-p384', 'ecdsa-p384', [sec1, 'ec']],
    ['ecdsa-p521', 'ecdsa-p521', [sec1, 'ec']],
    ['rsa', 'rsa', [pkcs1, 'rsa']],
  ] as const
  const keys: Made[] = []
  for (const [label, alias, traditional] of kinds) {
    const key = await generateKey(alias as KeyAlias, alias === 'rsa' ? { bits: 2048, comment: '' } : { comment: '' })
    keys.push({ label, key, traditional })
  }
  // Nobody makes DSA keys any more: one of the set.
  keys.push({ label: 'dsa', key: await readPrivate(derVector('dsa1024.pk8')), traditional: [dsa, 'dsa'] })
  return keys
}

const made = makeKeys()

function sameSecrets(theirs: PrivateKey, ours: PrivateKey, what: string): void {
  assert.deepEqual({ ...theirs.exposeComponents() }, { ...ours.exposeComponents() }, what)
}

/** SPKI that openssl makes of a private file. */
function publicOf(path: string, phrase?: string): Promise<string> {
  return must('openssl', ['pkey', '-in', path, '-pubout', ...(phrase ? ['-passin', `pass:${phrase}`] : [])])
}

interop('openssl reads every plain private file that we write, and says the same key', ['openssl'], async () => {
  await inParallel(await made, async ({ label, key, traditional }) => {
    const expected = spki.format(key.publicKey, { types })
    for (const format of [pkcs8, ...(traditional ? [traditional[0]] : [])]) {
      const path = put(await format.format(key, {}))
      assert.equal(await publicOf(path), expected, `${label} ${format.name}`)
      const der = put(await format.encode!(key, {}))
      assert.equal(await must('openssl', ['pkey', '-in', der, '-inform', 'DER', '-pubout']), expected)
      await must('openssl', ['asn1parse', '-in', der, '-inform', 'DER', '-noout'])
      // What openssl writes of it is, byte for byte, what we wrote.
      const command = format === pkcs8 ? ['pkcs8', '-topk8', '-nocrypt'] : [traditional![1]]
      if (label === 'rsa' && format !== pkcs8) command.push('-traditional')
      assert.deepEqual(await must('openssl', [...command, '-in', path]), await format.format(key, {}))
    }
  })
})

interop('openssl and ssh-keygen read every encrypted file that we write', ['openssl', 'ssh-keygen'], async () => {
  const ways: WritePrivateOptions[] = [
    { rounds: 2 },
    { rounds: 600_000 },
    ...['aes-128-cbc', 'aes-192-cbc', 'des-ede3-cbc'].map((cipher) => ({ cipher, rounds: 2 })),
    ...['sha1', 'sha224', 'sha384', 'sha512'].map((hash) => ({ kdf: `pbkdf2-hmac-${hash}`, rounds: 2 })),
    { kdf: 'scrypt' },
    { kdf: 'scrypt', rounds: 256 },
  ]
  const version = await opensshVersion()
  const jobs = (await made).flatMap((m) => ways.map((way) => ({ ...m, way })))
  await inParallel(jobs, async ({ label, key, way }) => {
    const path = put(await pkcs8.format(key, { ...way, passphrase }))
    const what = `${label} ${JSON.stringify(way)}`
    assert.equal(await publicOf(path, passphrase), spki.format(key.publicKey, { types }), what)
    // OpenSSH reads Ed25519 in PKCS#8 since 9.6.
    if (label !== 'ed25519' || version >= 9.06) {
      const line = await must('ssh-keygen', ['-y', '-P', passphrase, '-f', path])
      assert.equal(line.trim(), formatPublicKey(key.publicKey).trim(), what)
    }
    assert.notEqual((await run('openssl', ['pkey', '-in', path, '-noout', '-passin', 'pass:wrong'])).code, 0)
  })
})

interop('openssl and ssh-keygen read DEK-Info that we write', ['openssl', 'ssh-keygen'], async () => {
  await inParallel(await made, async ({ label, key, traditional }) => {
    if (!traditional) return
    const path = put(await traditional[0].format(key, { passphrase, cipher: 'aes-128-cbc' }))
    assert.equal(await publicOf(path, passphrase), spki.format(key.publicKey, { types }), label)
    const line = await must('ssh-keygen', ['-y', '-P', passphrase, '-f', path])
    assert.equal(line.trim(), formatPublicKey(key.publicKey).trim())
  })
})

interop('we read what openssl encrypts', ['openssl'], async () => {
  const pass = ['-passout', `pass:${passphrase}`]
  const scrypt = ['-scrypt', '-scrypt_N', '1024', '-scrypt_r', '8', '-scrypt_p', '1']
  const ways = [
    ...['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'].map((cipher) => ['-v2', cipher]),
    ...['SHA1', 'SHA224', 'SHA384', 'SHA512'].map((h) => ['-v2', 'aes-256-cbc', '-v2prf', `hmacWith${h}`]),
    scrypt,
    ['-v1', 'PBE-SHA1-3DES'],
    ['-v1', 'PBE-SHA1-2DES'],
  ]
  const jobs = (await made).flatMap((m) => ways.map((way) => ({ ...m, way })))
  await inParallel(jobs, async ({ label, key, way }) => {
    const plain = put(await pkcs8.format(key, {}))
    const text = await must('openssl', ['pkcs8', '-topk8', '-in', plain, ...way, ...pass])
    sameSecrets(await readPrivate(text, passphrase), key, `${label} ${way}`)
  })
  await inParallel(await made, async ({ label, key, traditional }) => {
    if (!traditional) return
    const plain = put(await pkcs8.format(key, {}))
    for (const cipher of ['-aes128', '-aes192', '-aes256', '-des3']) {
      const extra = label === 'rsa' ? ['-traditional'] : []
      const text = await must('openssl', [traditional[1], ...extra, '-in', plain, cipher, ...pass])
      assert.match(text, /DEK-Info/)
      sameSecrets(await readPrivate(text, passphrase), key, `${label} ${cipher}`)
    }
  })
})

interop('ssh-keygen -p: its PEM and PKCS8 files, plain and encrypted, both ways', ['ssh-keygen'], async () => {
  await inParallel(await made, async ({ label, key, traditional }) => {
    for (const kind of ['PEM', 'PKCS8']) {
      // OpenSSH 9.2 has no PEM of Ed25519: it keeps its own container then.
      if (!traditional) continue
      for (const phrase of ['', passphrase]) {
        const path = put(await pkcs8.format(key, {}))
        await must('ssh-keygen', ['-q', '-p', '-P', '', '-N', phrase, '-m', kind, '-f', path])
        sameSecrets(await readPrivate(get(path), phrase || undefined), key, `${label} ${kind}`)
      }
    }
  })
})

interop('public keys: openssl pkey, ssh-keygen -e and -i', ['openssl', 'ssh-keygen'], async () => {
  await inParallel(await made, async ({ label, key }) => {
    const text = spki.format(key.publicKey, { types })
    const path = put(text)
    assert.equal(await must('openssl', ['pkey', '-pubin', '-in', path, '-pubout']), text, label)
    const der = put(spki.encode(key.publicKey, { types }))
    assert.equal(await must('openssl', ['pkey', '-pubin', '-inform', 'DER', '-in', der, '-pubout']), text, label)
    if (label === 'ed25519') return
    const line = formatPublicKey(key.publicKey)
    assert.equal((await must('ssh-keygen', ['-i', '-m', 'PKCS8', '-f', path])).trim(), line.trim())
    const exported = await must('ssh-keygen', ['-e', '-m', 'PKCS8', '-f', put(line)])
    assert.equal(exported, text)
    assert.deepEqual(readPublic(exported).blob, key.publicKey.blob)
    if (label !== 'rsa') return
    const rsa = pkcs1Public.format(key.publicKey, { types })
    assert.equal((await must('ssh-keygen', ['-i', '-m', 'PEM', '-f', put(rsa)])).trim(), line.trim())
    const pem = await must('ssh-keygen', ['-e', '-m', 'PEM', '-f', put(line)])
    assert.equal(pem, rsa)
    assert.deepEqual(readPublic(pem).blob, key.publicKey.blob)
  })
})
