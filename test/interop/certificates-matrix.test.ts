/**
 * Every type of key under every type of authority, security keys among them: issued and checked by us, and shown by
 * `ssh-keygen -L`, which verifies as it loads. For the types that it can sign with, `ssh-keygen -s` signs as well.
 */

import assert from 'node:assert/strict'
import { issueCertificate } from '../../src/cert/index.ts'
import {
  checkCertificate,
  defaultUserExtensions,
  formatCertificate,
  formatPublicKey,
  parseCertificate,
  parsePublicKey,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { type Authority, everyAuthority } from '../cert/every-authority.ts'
import { differences, type Judged, judgeLine, type Keygen } from './odd-batches.ts'
import { mustSid, sid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, put, run } from './support.ts'

const now = Math.floor(Date.now() / 1000)
const subjects = await everyAuthority()
const authorities = await everyAuthority()
const kinds = ['user', 'host'] as const

const policy = (kind: 'user' | 'host', by: Authority['publicKey']) => ({
  kind,
  authorities: [by],
  // By the clock: "-1m" counts from when ssh-keygen runs, which may be minutes after this file began.
  time: Math.floor(Date.now() / 1000),
  principal: 'alice',
  // ML-DSA and DSA must be allowed by name.
  algorithms: allTypes.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms]),
})

/** All pairs of the types that `known` takes, for users and hosts; ssh-keygen shows each as we read it. */
async function matrix(keygen: Keygen, known: (label: string) => boolean): Promise<number> {
  const lines: Judged[] = []
  for (const by of authorities.filter((a) => known(a.label))) {
    for (const subject of subjects.filter((s) => known(s.label))) {
      for (const kind of kinds) {
        const certificate = await issueCertificate(
          {
            kind,
            publicKey: subject.publicKey,
            keyId: `${subject.label} by ${by.label}`,
            principals: ['alice', '*.example.com'],
            serial: 9n,
            validAfter: now - 60,
            validBefore: now + 3600,
            ...(kind === 'user' && {
              criticalOptions: { 'verify-required': true, 'force-command': 'x' } as const,
              extensions: { ...defaultUserExtensions, 'no-touch-required': true } as const,
            }),
          },
          by.signer,
          { types: allTypes },
        )
        const line = formatCertificate(certificate)
        const facts = await checkCertificate(certificate, policy(kind, by.publicKey))
        assert.equal(facts.keyId, `${subject.label} by ${by.label}`)
        assert.equal(facts.verifyRequired, kind === 'user')
        assert.equal(facts.permissions.includes('no-touch-required'), kind === 'user')
        const judged = await judgeLine(line)
        assert.equal(judged?.ours, 'ok')
        lines.push(judged!)
      }
    }
  }
  assert.deepEqual(await differences(lines, keygen), [])
  return lines.length
}

interop('our certificates of all pairs, shown by the system', ['ssh-keygen'], async (t) => {
  // DSA is gone since 10.0, ML-DSA is there since 10.4 under one name and since 10.6 under another.
  const known = (label: string) => !/dss|mldsa/.test(label)
  t.diagnostic(`${await matrix((args) => run('ssh-keygen', args), known)} certificates`)
})

withSid('our certificates of all pairs, shown by OpenSSH 10.6', async (t) => {
  const names = new Set((await mustSid('ssh', ['-Q', 'key'])).trim().split('\n'))
  assert.ok(names.has('ssh-mldsa44-ed25519') && names.has('sk-ssh-ed25519@openssh.com'))
  t.diagnostic(
    `${await matrix(
      (args) => sid('ssh-keygen', args),
      (label) => names.has(label),
    )} certificates`,
  )
})

withSid(
  'its certificates of all pairs that it can sign, checked by us',
  async (t) => {
    const aliases = ['ed25519', 'ecdsa', 'rsa', 'ed25519-sk', 'ecdsa-sk', 'mldsa44-ed25519']
    const names = new Set((await mustSid('ssh', ['-Q', 'key'])).trim().split('\n'))
    const known = subjects.filter(({ label }) => names.has(label))
    let count = 0
    for (const alias of aliases) {
      const path = fresh(alias)
      await mustSid('ssh-keygen', ['-q', '-t', alias, '-N', '', '-C', '', '-f', path])
      const lines = known.map((s) => put(formatPublicKey(s.publicKey), 'subject'))
      await mustSid('ssh-keygen', ['-q', '-s', path, '-I', alias, '-n', 'alice', '-V', '-1m:+1h', ...lines])
      const authority = new TextDecoder().decode(get(`${path}.pub`))
      for (const [i, subject] of known.entries()) {
        const line = new TextDecoder().decode(get(`${lines[i]}-cert.pub`))
        const judged = await judgeLine(line)
        assert.equal(judged?.ours, 'ok', `${subject.label} by ${alias}`)
        const facts = await checkCertificate(parseCertificate(line), policy('user', parsePublicKey(authority)))
        assert.equal(facts.keyId, alias)
        assert.deepEqual(facts.publicKey.blob, subject.publicKey.blob)
        count++
      }
    }
    t.diagnostic(`${count} certificates`)
  },
  softwareSecurityKey !== undefined,
)
