/** Private and public key files, both ways, with `ssh-keygen`: every key type, every cipher. */

import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import type { WritePrivateOptions } from '../../src/formats/index.ts'
import { fileCiphers } from '../../src/formats/openssh-ciphers.ts'
import {
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  type HashName,
  identify,
  PassphraseError,
  type PrivateKey,
  parsePrivateKey,
  parsePublicKey,
  randomart,
} from '../../src/index.ts'
import { decodeText } from '../../src/wire/index.ts'
import { fresh, get, inParallel, interop, makeKeys, must, put, run } from './support.ts'

const keys = await makeKeys('ours')
const ciphers = fileCiphers.map((cipher) => cipher.name)
const passphrase = 'pässword with spaces'

async function sameSecrets(ours: PrivateKey, theirs: PrivateKey): Promise<void> {
  assert.deepEqual(theirs.exposeComponents(), ours.exposeComponents())
}

/** What `ssh-keygen -y` prints. */
function publicLine(key: PrivateKey): string {
  return formatPublicKey(key.publicKey)
}

test('there are ten ciphers', () => assert.equal(ciphers.length, 10))

interop('ssh-keygen reads every private key that we write', ['ssh-keygen'], async (t) => {
  const jobs = keys.flatMap((k) => [undefined, 'default', ...ciphers].map((cipher) => ({ ...k, cipher })))
  await inParallel(jobs, async ({ key, cipher, label }) => {
    const options: WritePrivateOptions =
      cipher === undefined ? {} : cipher === 'default' ? { passphrase } : { passphrase, cipher, rounds: 1 }
    const path = put(await formatPrivateKey(key, options))
    const shown = await must('ssh-keygen', ['-y', '-P', cipher === undefined ? '' : passphrase, '-f', path])
    assert.equal(shown, publicLine(key), `${label} ${cipher}`)
    if (cipher !== ciphers[0]) return
    const wrong = await run('ssh-keygen', ['-y', '-P', 'wrong', '-f', path])
    assert.notEqual(wrong.code, 0)
  })
  t.diagnostic(`${jobs.length} files`)
})

interop('fingerprints and randomart agree with ssh-keygen', ['ssh-keygen'], async () => {
  const hashes: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
  await inParallel(keys, async ({ key, bits, title, path }) => {
    for (const hash of hashes) {
      const line = `${bits} ${fingerprint(key, { hash })} ${key.comment} (${title})\n`
      assert.equal(await must('ssh-keygen', ['-l', '-E', hash, '-f', `${path}.pub`]), line)
      const art = `${line}${randomart(key.publicKey, { hash })}\n`
      assert.equal(await must('ssh-keygen', ['-lv', '-E', hash, '-f', `${path}.pub`]), art)
    }
    assert.match(await must('ssh-keygen', ['-l', '-f', path]), new RegExp(`^${bits} SHA256:`))
    assert.ok((await must('ssh-keygen', ['-l', '-f', path])).includes(fingerprint(key)))
  })
})

interop('ssh-keygen -p rewrites our files and we read the result', ['ssh-keygen'], async () => {
  await inParallel(keys, async ({ key, path: original }) => {
    const path = put(get(original))
    await must('ssh-keygen', ['-q', '-p', '-a', '1', '-P', '', '-N', passphrase, '-f', path])
    await sameSecrets(key, await parsePrivateKey(get(path), { passphrase }))
    const again = put(await formatPrivateKey(key, { passphrase, rounds: 1 }))
    await must('ssh-keygen', ['-q', '-p', '-a', '1', '-P', passphrase, '-N', 'other', '-f', again])
    await sameSecrets(key, await parsePrivateKey(get(again), { passphrase: 'other' }))
    await must('ssh-keygen', ['-q', '-p', '-P', 'other', '-N', '', '-f', again])
    const plain = await parsePrivateKey(get(again))
    await sameSecrets(key, plain)
    assert.equal(plain.comment, key.comment)
    assert.equal(statSync(again).mode & 0o777, 0o600)
  })
})

interop('comments survive, those that are not UTF-8 too', ['ssh-keygen'], async () => {
  const [file] = keys
  const comments = [
    '',
    'two words',
    ' lead and trail ',
    'ünïcödé ☃ 🔑',
    decodeText(Uint8Array.of(0x63, 0xe9, 0xff, 0x21)),
  ]
  for (const comment of comments) {
    const path = put(await formatPrivateKey(file!.key, { comment }))
    const line = formatPublicKey(file!.key.publicKey, { comment })
    const shown = await must('ssh-keygen', ['-y', '-f', path])
    assert.equal(shown, line)
    assert.equal((await parsePrivateKey(get(path))).comment, comment)
    await must('ssh-keygen', ['-q', '-p', '-a', '1', '-P', '', '-N', passphrase, '-f', path])
    assert.equal((await parsePrivateKey(get(path), { passphrase })).comment, comment)
  }
})

interop('ssh-keygen refuses a file that others may read, and takes its 0600 copy', ['ssh-keygen'], async () => {
  const [file] = keys
  const open = put(get(file!.path))
  chmodSync(open, 0o644)
  const refused = await run('ssh-keygen', ['-y', '-P', '', '-f', open])
  assert.notEqual(refused.code, 0)
  assert.match(refused.err, /UNPROTECTED PRIVATE KEY FILE/)
  assert.equal(await must('ssh-keygen', ['-y', '-P', '', '-f', file!.path]), publicLine(file!.key))
})

const theirTypes: readonly (readonly [label: string, args: readonly string[], type: string])[] = [
  ['ed25519', ['-t', 'ed25519'], 'ssh-ed25519'],
  ['ecdsa-p256', ['-t', 'ecdsa', '-b', '256'], 'ecdsa-sha2-nistp256'],
  ['ecdsa-p384', ['-t', 'ecdsa', '-b', '384'], 'ecdsa-sha2-nistp384'],
  ['ecdsa-p521', ['-t', 'ecdsa', '-b', '521'], 'ecdsa-sha2-nistp521'],
  ['rsa-2048', ['-t', 'rsa', '-b', '2048'], 'ssh-rsa'],
  ['rsa-3072', ['-t', 'rsa', '-b', '3072'], 'ssh-rsa'],
]

interop('we read every private key that ssh-keygen writes', ['ssh-keygen'], async (t) => {
  let count = 0
  await inParallel(theirTypes, async ([label, args, type], i) => {
    const plain = fresh(`theirs-${label}`)
    await must('ssh-keygen', ['-q', ...args, '-N', '', '-C', `theirs ${label}`, '-f', plain])
    const key = await parsePrivateKey(get(plain))
    assert.equal(key.type, type)
    assert.equal(key.comment, `theirs ${label}`)
    const publicKey = parsePublicKey(get(`${plain}.pub`))
    assert.deepEqual(publicKey, key.publicKey)
    const found = identify(get(plain))
    assert.ok(found.artifact === 'private-key' && found.encrypted === null)

    for (const [j, cipher] of ciphers.entries()) {
      // 16 rounds are slow here: once for each type.
      const rounds = j === i ? 16 : 1
      const path = fresh(`theirs-${label}`)
      copyFileSync(plain, path)
      await must('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-Z', cipher, '-a', String(rounds), '-f', path])
      const facts = identify(get(path))
      assert.ok(facts.artifact === 'private-key')
      assert.deepEqual(facts.encrypted, { cipher, kdf: 'bcrypt', rounds })
      assert.deepEqual(facts.publicKey?.blob, key.publicKey.blob)
      const read = await parsePrivateKey(get(path), { passphrase })
      await sameSecrets(key, read)
      assert.equal(read.comment, key.comment)
      const code = (wanted: string) => (error: unknown) => error instanceof PassphraseError && error.code === wanted
      await assert.rejects(parsePrivateKey(get(path)), code('passphrase-required'))
      if (rounds === 1) {
        await assert.rejects(parsePrivateKey(get(path), { passphrase: `${passphrase}.` }), code('passphrase-wrong'))
      }
      count++
    }
  })
  t.diagnostic(`${count} encrypted files`)
})

interop('new keys of ssh-keygen, encrypted from the start', ['ssh-keygen'], async () => {
  await inParallel(theirTypes.slice(0, 4), async ([label, args, type], i) => {
    const path = fresh(`new-${label}`)
    const cipher = ciphers[i]!
    await must('ssh-keygen', ['-q', ...args, '-Z', cipher, '-a', '1', '-N', passphrase, '-C', '', '-f', path])
    const key = await parsePrivateKey(get(path), { passphrase })
    assert.equal(key.type, type)
    assert.deepEqual(key.publicKey, parsePublicKey(get(`${path}.pub`)))
    await assert.rejects(parsePrivateKey(get(path), { passphrase: 'wrong' }), { code: 'passphrase-wrong' })
  })
})
