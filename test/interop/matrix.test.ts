/** The cells of docs/formats.md that no other test takes to a real tool: DSA, security keys, ssh.com, X.509 of openssl's. */

import assert from 'node:assert/strict'
import { parsePrivateKey as parsePrivate, sshcom } from '../../src/formats/index.ts'
import { formatSshfp } from '../../src/formats/sshfp.ts'
import {
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  type PrivateKey,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { vector } from '../support/vectors.ts'
import { mustSid, withSid } from './openssh-sid.ts'
import { fresh, get, inParallel, interop, makeKeys, must, opensshVersion, put, run } from './support.ts'

const passphrase = 'pässword with spaces'
const right = put(passphrase, 'right')
const none = put('', 'none')

const fromVectors = (name: string): Promise<PrivateKey> => parsePrivateKey(vector(`types/${name}`))
const dsa = await fromVectors('dsa')
const securityKeys = await Promise.all(['ed25519-sk', 'ecdsa-sk'].map(fromVectors))
/** What the system's OpenSSH knows: DSA went in 10.0. */
const known = (await opensshVersion()) < 10 ? [dsa, ...securityKeys] : securityKeys

function same(theirs: PrivateKey, ours: PrivateKey, what: string): void {
  assert.deepEqual({ ...theirs.exposeComponents() }, { ...ours.exposeComponents() }, what)
  assert.deepEqual(theirs.publicKey, ours.publicKey, what)
}

interop('DSA and security keys: ssh-keygen and OpenSSH files, both ways', ['ssh-keygen'], async () => {
  await inParallel(known, async (key) => {
    for (const word of ['', passphrase]) {
      const path = put(await formatPrivateKey(key, word ? { passphrase: word, rounds: 2 } : {}), 'key')
      const line = await must('ssh-keygen', ['-y', '-P', word, '-f', path])
      assert.equal(line, formatPublicKey(key.publicKey), key.type)
      assert.deepEqual(parsePublicKey(line), key.publicKey)
      // The text of the bare blob is the second word of the line.
      assert.equal(formatPublicKey(key.publicKey, { format: 'raw' }).trim(), line.split(' ')[1])
      if (word) assert.notEqual((await run('ssh-keygen', ['-y', '-P', 'wrong', '-f', path])).code, 0)
      for (const next of [passphrase, '']) {
        await must('ssh-keygen', ['-q', '-p', '-P', next ? word : passphrase, '-N', next, '-a', '2', '-f', path])
        same(await parsePrivateKey(get(path), { passphrase: next || undefined }), key, `${key.type} ${next}`)
      }
      assert.ok((await must('ssh-keygen', ['-l', '-f', put(line, 'line')])).includes(fingerprint(key)))
    }
  })
})

interop('DSA and security keys: RFC 4716 and ssh-keygen, both ways', ['ssh-keygen'], async () => {
  await inParallel(known, async ({ publicKey }) => {
    const line = formatPublicKey(publicKey, { comment: '' })
    const theirs = await must('ssh-keygen', ['-e', '-m', 'RFC4716', '-f', put(line, 'line')])
    assert.deepEqual(parsePublicKey(theirs).blob, publicKey.blob)
    const ours = put(formatPublicKey(publicKey, { format: 'rfc4716' }), 'rfc4716')
    assert.equal(await must('ssh-keygen', ['-i', '-m', 'RFC4716', '-f', ours]), line)
  })
})

withSid('ML-DSA: RFC 4716 and ssh-keygen, both ways', async () => {
  const { publicKey } = await fromVectors('mldsa44-ed25519')
  const line = formatPublicKey(publicKey, { comment: '' })
  const theirs = await mustSid('ssh-keygen', ['-e', '-m', 'RFC4716', '-f', put(line, 'line')])
  assert.deepEqual(parsePublicKey(theirs).blob, publicKey.blob)
  const ours = put(formatPublicKey(publicKey, { format: 'rfc4716' }), 'rfc4716')
  assert.equal(await mustSid('ssh-keygen', ['-i', '-m', 'RFC4716', '-f', ours]), line)
})

interop('DSA: SSHFP records agree with ssh-keygen', ['ssh-keygen'], async (t) => {
  if (!known.includes(dsa)) return t.skip('this OpenSSH has no DSA')
  const line = put(formatPublicKey(dsa.publicKey), 'line')
  const shown = await must('ssh-keygen', ['-r', 'host.example', '-f', line])
  assert.equal(formatSshfp(dsa.publicKey, { host: 'host.example', types }), shown)
})

interop("DSA: PuTTY's files, both ways", ['puttygen'], async () => {
  for (const [version, format] of [2, 3].map((n) => [n, `ppk${n}`] as const)) {
    for (const word of [undefined, passphrase]) {
      const path = put(await formatPrivateKey(dsa, { format, passphrase: word }), format)
      const old = ['--old-passphrase', word ? right : none]
      const [out, again] = [fresh('openssh'), fresh('ppk')]
      await must('puttygen', [path, ...old, '--new-passphrase', none, '-O', 'private-openssh-new', '-o', out])
      same(await parsePrivateKey(get(out)), dsa, format)
      const parameters = ['--ppk-param', version === 2 ? 'version=2' : 'version=3,memory=64,passes=1', '--reencrypt']
      await must('puttygen', [path, ...old, '--new-passphrase', word ? right : none, ...parameters, '-o', again])
      same(await parsePrivateKey(get(again), { passphrase: word }), dsa, `${format} of puttygen`)
    }
  }
  const line = await must('puttygen', ['-L', put(formatPublicKey(dsa.publicKey, { format: 'putty-public' }), 'public')])
  assert.equal(line, formatPublicKey(dsa.publicKey))
})

interop('we read the ssh.com files that puttygen writes', ['puttygen'], async () => {
  const keys = [dsa, ...(await makeKeys('sshcom', [2048])).filter(({ title }) => title === 'RSA').map(({ key }) => key)]
  assert.equal(keys.length, 2)
  await inParallel(keys, async (key) => {
    const path = put(await formatPrivateKey(key, { format: 'ppk2' }), 'ppk')
    for (const word of [undefined, passphrase]) {
      const out = fresh('sshcom')
      await must('puttygen', [path, '--new-passphrase', word ? right : none, '-O', 'private-sshcom', '-o', out])
      same(await parsePrivate(get(out), { types, formats: [sshcom], passphrase: word }), key, key.type)
    }
  })
})

interop('we read the keys of certificates and requests that openssl makes', ['openssl'], async () => {
  const keys = [dsa, ...(await makeKeys('openssl', [2048])).map(({ key }) => key)]
  await inParallel(keys, async (key) => {
    const path = put(await formatPrivateKey(key, { format: 'pkcs8' }), 'pkcs8')
    for (const extra of [['-x509', '-days', '1'], []]) {
      const pem = await must('openssl', ['req', '-new', ...extra, '-key', path, '-subj', '/CN=a'])
      assert.deepEqual(parsePublicKey(pem).blob, key.publicKey.blob, `${key.type} ${extra}`)
    }
  })
})
