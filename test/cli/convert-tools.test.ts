import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { encodePublicKey, fingerprint, formatPrivateKey, formatPublicKey, generateKey } from '../../src/index.ts'
import { interop, must } from '../interop/support.ts'
import { hawser, hawserEach, inFolder } from './command.ts'

interop(
  'ssh-keygen, openssl and puttygen read what convert writes',
  ['ssh-keygen', 'openssl', 'puttygen'],
  async () => {
    await inFolder(async (path) => {
      const key = await generateKey('rsa', { bits: 2048, comment: 'me@home' })
      writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
      writeFileSync(path('pp'), 'correct horse\n')
      const to = ['openssh', 'pkcs1', 'pkcs8', 'ppk2', 'ppk3', 'spki', 'rfc4716', 'sshfp']
      const locked = ['openssh', 'pkcs8', 'ppk3']
      const dek = ['--new-passphrase-file', path('pp'), '--cipher', 'aes-128-cbc']
      const answers = await hawserEach('convert', [
        ...to.map((format) => ['--to', format, '--out', path(format), path('id')]),
        ...locked.map((format) => [
          ...['--to', format, '--new-passphrase-file', path('pp'), '--rounds', '2'],
          ...['--out', path(`${format}.locked`), path('id')],
        ]),
        ['--to', 'pkcs1', ...dek, '--out', path('pkcs1.locked'), path('id')],
        ['--to', 'pkcs1', '--encoding', 'der', '--public', '--out', path('rsa.der'), path('id')],
      ])
      assert.ok(answers.every(({ code }) => code === 0))
      const line = formatPublicKey(key.publicKey, { comment: '' }).trim()
      for (const name of ['openssh', 'pkcs1', 'pkcs8', 'openssh.locked', 'pkcs1.locked', 'pkcs8.locked']) {
        const passphrase = name.endsWith('.locked') ? 'correct horse' : ''
        assert.ok((await must('ssh-keygen', ['-y', '-P', passphrase, '-f', path(name)])).startsWith(line), name)
      }
      for (const name of ['ppk2', 'ppk3']) {
        assert.equal(await must('puttygen', ['-L', path(name)]), formatPublicKey(key.publicKey))
      }
      const opened = ['--old-passphrase', path('pp'), '-O', 'fingerprint']
      assert.ok((await must('puttygen', [path('ppk3.locked'), ...opened])).includes(fingerprint(key)))
      const spki = Buffer.from(encodePublicKey(key.publicKey))
      await must('openssl', ['pkey', '-pubin', '-in', path('spki'), '-outform', 'DER', '-out', path('spki.der')])
      assert.deepEqual(readFileSync(path('spki.der')), spki)
      await must('openssl', [
        ...['rsa', '-RSAPublicKey_in', '-inform', 'DER', '-in', path('rsa.der')],
        ...['-pubout', '-outform', 'DER', '-out', path('rsa.spki')],
      ])
      assert.deepEqual(readFileSync(path('rsa.spki')), spki)
      assert.equal((await must('ssh-keygen', ['-i', '-f', path('rfc4716')])).trim(), line)
      assert.equal(await must('ssh-keygen', ['-r', '@', '-f', path('openssh')]), readFileSync(path('sshfp'), 'utf8'))
    })
  },
)

interop('the thumbprint and the fingerprint of openssl are matched', ['openssl'], async () => {
  await inFolder(async (path) => {
    const subject = ['-subj', '/CN=vm1', '-days', '2', '-nodes', '-newkey', 'rsa:2048']
    await must('openssl', ['req', '-x509', ...subject, '-keyout', path('id'), '-out', path('vm.crt')])
    const text = await must('openssl', ['x509', '-in', path('vm.crt'), '-noout', '-fingerprint', '-sha1'])
    const { code, json } = await hawser(['fingerprint', '--json', '--match', text.split('=')[1]!, path('vm.crt')])
    assert.deepEqual([code, json[0].form, json[0].hash], [0, 'x509-thumbprint', 'sha1'])
    // As AWS says to compute it: openssl pkcs8 -topk8 -nocrypt -outform DER | openssl sha1 -c.
    const der = ['pkcs8', '-topk8', '-nocrypt', '-in', path('id'), '-outform', 'DER', '-out', path('der')]
    await must('openssl', der)
    const created = (await must('openssl', ['sha1', '-c', path('der')])).split('= ')[1]!.trim()
    const match = await hawser(['fingerprint', '--json', '--match', created, path('id')])
    assert.deepEqual([match.code, match.json[0].form], [0, 'aws-created'])
  })
})
