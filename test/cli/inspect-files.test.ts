import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  createKrl,
  fingerprint,
  formatKrl,
  formatPublicKey,
  generateKey,
  issueCertificate,
  signMessage,
} from '../../src/index.ts'
import { hawser, inFolder } from './command.ts'

describe('inspect --json of files that hold more, or other things, than one key', () => {
  it('tells a revocation list section by section', async () => {
    await inFolder(async (path) => {
      const authority = await generateKey()
      const { publicKey } = await generateKey('ecdsa-p256')
      const krl = createKrl({
        version: 2n ** 63n,
        generatedAt: 1_800_000_000,
        comment: 'lost',
        certificates: [
          { authority: authority.publicKey, serials: [1n, [7n, 9n], 2n ** 64n - 1n], keyIds: ['alice'] },
          { authority: null, serials: [5n] },
        ],
        keys: [publicKey],
        sha1: [new Uint8Array(20)],
        sha256: [new Uint8Array(32)],
      })
      writeFileSync(path('list.krl'), formatKrl(krl))
      const { code, json } = await hawser(['inspect', '--json', 'list.krl'], { cwd: path('.') })
      assert.equal(code, 0)
      const trusted = { type: 'ssh-ed25519', sha256: fingerprint(authority.publicKey) }
      assert.deepEqual(json, [
        {
          file: 'list.krl',
          artifact: 'krl',
          format: 'openssh',
          version: '9223372036854775808',
          date: '1800000000',
          comment: 'lost',
          sections: [
            { type: 'certificates', authority: null, serials: ['5'], keyIds: [] },
            {
              type: 'certificates',
              authority: trusted,
              serials: ['1', '7-9', '18446744073709551615'],
              keyIds: ['alice'],
            },
            { type: 'keys', keys: [{ type: 'ecdsa-sha2-nistp256', sha256: fingerprint(publicKey) }] },
            { type: 'sha1', hashes: ['SHA1:AAAAAAAAAAAAAAAAAAAAAAAAAAA'] },
            { type: 'sha256', hashes: ['SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] },
          ],
        },
      ])
    })
  })

  it('tells a signature, of a certificate too', async () => {
    await inFolder(async (path) => {
      const key = await generateKey()
      const message = new TextEncoder().encode('hello')
      writeFileSync(path('plain.sig'), await signMessage(message, key, { namespace: 'file', hash: 'sha256' }))
      const request = { kind: 'user', publicKey: key.publicKey, keyId: 'k', principals: ['a'], validAfter: 0 } as const
      const certificate = await issueCertificate({ ...request, validBefore: 9 }, key)
      const signer = { publicKey: key.publicKey, algorithms: key.algorithms, certificate, sign: key.sign.bind(key) }
      writeFileSync(path('cert.sig'), await signMessage(message, signer, { namespace: 'git', certificate: true }))
      const { code, json } = await hawser(['inspect', '--json', 'plain.sig', 'cert.sig'], { cwd: path('.') })
      assert.equal(code, 0)
      const both = { artifact: 'sshsig', format: 'openssh', signatureAlgorithm: 'ssh-ed25519', bits: 256 }
      const prints = { sha256: fingerprint(key.publicKey), md5: fingerprint(key.publicKey, { hash: 'md5' }) }
      const blob = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      assert.deepEqual(json, [
        {
          file: 'plain.sig',
          namespace: 'file',
          hash: 'sha256',
          type: key.type,
          blob: blob(key.publicKey.blob),
          ...both,
          ...prints,
        },
        {
          file: 'cert.sig',
          namespace: 'git',
          hash: 'sha512',
          type: certificate.type,
          blob: blob(certificate.blob),
          ...both,
          ...prints,
        },
      ])
    })
  })

  it('tells the entries of text files, their wrong lines, and what it guessed', async () => {
    await inFolder(async (path) => {
      const { publicKey } = await generateKey()
      const line = formatPublicKey(publicKey, { comment: 'me' }).trimEnd()
      writeFileSync(path('authorized_keys'), `no-pty ${line}\n# mine\nno-such ${line}\n${line}\n`)
      writeFileSync(path('known_hosts'), `gate,192.0.2.1 ${line}\n`)
      writeFileSync(path('signers'), `me@example.com namespaces="git" ${line}\n`)
      const { code, json } = await hawser(['inspect', '--json', 'authorized_keys', 'known_hosts', 'signers'], {
        cwd: path('.'),
      })
      assert.equal(code, 0)
      const [keys, hosts, signers] = json as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>]
      const said = { type: 'ssh-ed25519', sha256: fingerprint(publicKey), comment: 'me' }
      const entries = keys.entries as { line: number; options: { pty: boolean } | null }[]
      assert.deepEqual(
        [keys.artifact, entries.map((entry) => [entry.line, entry.options?.pty]), keys.problems, 'guessed' in keys],
        [
          'authorized-keys',
          [
            [1, false],
            [4, undefined],
          ],
          [{ line: 3, code: 'bad-value', message: 'key option "no-such": a known one expected' }],
          false,
        ],
      )
      assert.deepEqual(hosts, {
        file: 'known_hosts',
        artifact: 'known-hosts',
        format: 'openssh',
        guessed: true,
        entries: [{ line: 1, marker: null, hosts: 'gate,192.0.2.1', ...said }],
        problems: [],
      })
      const options = { certAuthority: false, namespaces: 'git', validAfter: null, validBefore: null }
      assert.deepEqual(signers.entries, [{ line: 1, principals: 'me@example.com', ...said, ...options }])
    })
  })

  it('takes the word of --as, and refuses names that are none', async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey)
      writeFileSync(path('list'), `gate ${line}`)
      const how = { cwd: path('.') }
      const { json } = await hawser(['inspect', '--json', '--as', 'allowed-signers', 'list'], how)
      assert.deepEqual([json[0]?.artifact, 'guessed' in (json[0] ?? {})], ['allowed-signers', false])
      const wrong = await hawser(['inspect', '--json', '--as', 'krl', 'list'], how)
      assert.deepEqual(
        [wrong.code, (wrong.json[0]?.error as { code: string } | undefined)?.code],
        [1, 'unknown-format'],
      )
      assert.equal((await hawser(['inspect', '--as', 'nothing', 'list'], how)).code, 2)
    })
  })

  it('gives people a line an entry', async () => {
    await inFolder(async (path) => {
      const { publicKey } = await generateKey()
      writeFileSync(path('known_hosts'), `gate ${formatPublicKey(publicKey)}@revoked * nothing\n`)
      const { stdout } = await hawser(['inspect', 'known_hosts'], { cwd: path('.') })
      const [title, first, second] = stdout.split('\n')
      assert.equal(title, 'known_hosts: known_hosts file (openssh)')
      assert.equal(first, `  line 1  ${fingerprint(publicKey)} (ssh-ed25519) gate`)
      assert.match(second ?? '', /^ {2}line 2 {2}wrong: /)
    })
  })
})
