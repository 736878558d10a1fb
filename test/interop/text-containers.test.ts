/** PPK, RFC 4716, SSHFP, bubblebabble, JWK and the forms of fingerprints, both ways, with the tools that make them. */

import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { sha1 } from '../../src/crypto/index.ts'
import { bubblebabble, matchFingerprint } from '../../src/fingerprint/index.ts'
import { parsePrivateKey as parsePrivate, parsePublicKey as parsePublic } from '../../src/formats/index.ts'
import { jwkPrivate, jwkPublic } from '../../src/formats/jwk.ts'
import { ppk2, ppk3, ppk3With } from '../../src/formats/ppk.ts'
import { puttyPublic } from '../../src/formats/putty-public.ts'
import { rfc4716 } from '../../src/formats/rfc4716.ts'
import { formatSshfp } from '../../src/formats/sshfp.ts'
import { fingerprint, formatPrivateKey, formatPublicKey, type PrivateKey, parsePrivateKey } from '../../src/index.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { fresh, get, inParallel, interop, makeKeys, must, put, run } from './support.ts'

const keys = await makeKeys('ours', [2048])
const passphrase = 'pässword with spaces'
const right = put(passphrase, 'right')
const wrong = put('another', 'wrong')
const none = put('', 'none')

async function same(ours: PrivateKey, theirs: PrivateKey): Promise<void> {
  assert.deepEqual(theirs.exposeComponents(), ours.exposeComponents())
  assert.deepEqual(theirs.publicKey, ours.publicKey)
}

/** Our containers of PuTTY, the passphrase of each. */
const written = [
  [ppk2, undefined],
  [ppk2, passphrase],
  [ppk3, undefined],
  [ppk3With({ passes: 1 }), passphrase],
  [ppk3With({ variant: 'Argon2i', memory: 100, passes: 2, parallelism: 3 }), passphrase],
  [ppk3With({ variant: 'Argon2d', memory: 64, passes: 1, parallelism: 1 }), passphrase],
] as const

interop('puttygen reads every PPK that we write, and ours out of it again', ['puttygen'], async () => {
  const jobs = keys.flatMap((k) => written.map(([format, word]) => ({ ...k, format, word })))
  await inParallel(jobs, async ({ key, format, word, label }) => {
    const path = put(await format.format(key, { passphrase: word }), label)
    const out = fresh('openssh')
    const old = ['--old-passphrase', word ? right : none]
    await must('puttygen', [path, ...old, '--new-passphrase', none, '-O', 'private-openssh-new', '-o', out])
    await same(key, await parsePrivateKey(get(out)))
    assert.equal(await must('puttygen', ['-L', path]), formatPublicKey(key.publicKey))
    assert.ok((await must('puttygen', ['-l', path])).includes(fingerprint(key)))
    if (!word) return
    const refused = await run('puttygen', [
      path,
      '--old-passphrase',
      wrong,
      '-O',
      'private-openssh-new',
      '-o',
      fresh('x'),
    ])
    assert.notEqual(refused.code, 0)
    assert.match(refused.err, /wrong passphrase/)
  })
})

interop('we read every PPK that puttygen writes', ['puttygen'], async () => {
  const params = [
    ['version=2', ppk2],
    ['version=3,kdf=argon2id,memory=256,passes=3', ppk3],
    ['version=3,kdf=argon2i,memory=300,passes=1,parallelism=2', ppk3],
    ['version=3,kdf=argon2d,memory=64,passes=2', ppk3],
  ] as const
  const jobs = keys.flatMap((k) => params.map(([param, format]) => ({ ...k, param, format })))
  await inParallel(jobs, async ({ key, path, param, format }) => {
    const locked = fresh('locked')
    const open = fresh('open')
    await must('puttygen', [path, '--new-passphrase', right, '--ppk-param', param, '-o', locked])
    await must('puttygen', [path, '--new-passphrase', none, '--ppk-param', param, '-o', open])
    const options = { types, formats: [format] }
    await same(key, await parsePrivate(get(locked), { ...options, passphrase }))
    await same(key, await parsePrivate(get(open), options))
    await assert.rejects(parsePrivate(get(locked), { ...options, passphrase: 'x' }), { code: 'passphrase-wrong' })
  })
})

interop('puttygen writes again what it read of ours, octet by octet', ['puttygen'], async () => {
  await inParallel(keys, async ({ key, label }) => {
    const text = await ppk3.format(key, {})
    const out = fresh(label)
    await must('puttygen', [put(text), '--new-passphrase', none, '--reencrypt', '-o', out])
    assert.equal(new TextDecoder().decode(get(out)), text.replaceAll('\r\n', '\n'))
  })
})

interop("puttygen reads PuTTY's public lines and RFC 4716 of ours", ['puttygen'], async () => {
  await inParallel(keys, async ({ key: { publicKey } }) => {
    for (const format of [puttyPublic, rfc4716]) {
      for (const comment of ['plain', 'quo"ted \\ back', '']) {
        const path = put(format.format(publicKey, { types, comment }))
        // Without a comment puttygen 0.78 takes the file's name.
        const line = (await must('puttygen', ['-L', path])).trimEnd()
        if (comment || format === puttyPublic) assert.equal(line, formatPublicKey(publicKey, { comment }).trimEnd())
        else assert.ok(line.startsWith(formatPublicKey(publicKey, { comment }).trimEnd()))
      }
    }
  })
})

interop('ssh-keygen and RFC 4716, both ways', ['ssh-keygen'], async () => {
  await inParallel(keys, async ({ key: { publicKey }, path }) => {
    const theirs = await must('ssh-keygen', ['-e', '-m', 'RFC4716', '-f', `${path}.pub`])
    const read = parsePublic(theirs, { types, formats: [rfc4716] })
    assert.deepEqual(read.blob, publicKey.blob)
    assert.match(read.comment, /converted by .* from OpenSSH$/)
    assert.equal(rfc4716.format(read, { types }), theirs)
    for (const comment of [
      undefined,
      '',
      'a: b '.repeat(60),
      `${'y'.repeat(61)}: z`,
      'é'.repeat(200),
      '\\"'.repeat(99),
    ]) {
      const ours = put(rfc4716.format(publicKey, { types, comment }))
      const line = await must('ssh-keygen', ['-i', '-m', 'RFC4716', '-f', ours])
      assert.equal(line, formatPublicKey(publicKey, { comment: '' }))
    }
  })
})

interop('SSHFP records and bubblebabble agree with ssh-keygen', ['ssh-keygen'], async () => {
  await inParallel(keys, async ({ key, path }) => {
    const options = { host: 'host.example', types }
    const { publicKey } = key
    assert.equal(formatSshfp(publicKey, options), await must('ssh-keygen', ['-r', options.host, '-f', `${path}.pub`]))
    const generic = await must('ssh-keygen', ['-r', options.host, '-g', '-f', `${path}.pub`])
    assert.equal(formatSshfp(publicKey, { ...options, generic: true }), generic)
    const shown = (await must('ssh-keygen', ['-lB', '-f', `${path}.pub`])).split(' ')[1]
    assert.equal(bubblebabble(key, { hash: sha1 }), shown)
  })
})

interop("node's own JWK, both ways", [], async () => {
  for (const { key } of keys) {
    const ours = JSON.parse(await jwkPrivate.format(key, {}))
    const theirs = createPrivateKey({ key: ours, format: 'jwk' })
    assert.deepEqual(theirs.export({ format: 'jwk' }), ours)
    const back = await parsePrivate(JSON.stringify(theirs.export({ format: 'jwk' })), { types, formats: [jwkPrivate] })
    assert.deepEqual(back.exposeComponents(), key.exposeComponents())
    const open = JSON.parse(jwkPublic.format(key.publicKey, { types }))
    assert.deepEqual(createPublicKey({ key: open, format: 'jwk' }).export({ format: 'jwk' }), open)
  }
})

interop("the commands of AWS's page give the forms that we name", ['ssh-keygen', 'openssl'], async () => {
  const { key } = keys.find(({ label }) => label.startsWith('rsa'))!
  const pem = put(await formatPrivateKey(key, { format: 'pkcs1' }))
  const der = fresh('pkcs8')
  const spkiDer = fresh('spki')
  await must('openssl', ['pkcs8', '-in', pem, '-inform', 'PEM', '-outform', 'DER', '-topk8', '-nocrypt', '-out', der])
  await must('openssl', ['rsa', '-in', pem, '-pubout', '-outform', 'DER', '-out', spkiDer])
  const digest = async (hash: string, path: string) => (await must('openssl', [hash, '-c', path])).split('= ')[1]!
  const material = { spki: get(spkiDer), pkcs8: () => get(der) }
  assert.equal(matchFingerprint(key, await digest('sha1', der), material)?.form, 'aws-created')
  assert.equal(matchFingerprint(key, await digest('md5', spkiDer), material)?.form, 'aws-imported')
})
