/** The `ssh` of OpenSSH 10.6 at an `sshd`: host certificates with wildcards, and what certificates ask of security keys. */

import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { findTool, startSshd } from '../../examples/quickstart/sshd.ts'
import {
  checkCertificate,
  formatCertificate,
  formatPublicKey,
  issueCertificate,
  parsePublicKey,
} from '../../src/index.ts'
import { mustSid, sid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, makeKeys, put, type Run } from './support.ts'

const user = userInfo().username
const now = Math.floor(Date.now() / 1000)
const ready = softwareSecurityKey !== undefined && findTool('sshd') !== undefined
const window = { validAfter: now - 60, validBefore: now + 3600 }

function ssh(port: number, identity: string, options: readonly string[]): Promise<Run> {
  const all = ['BatchMode=yes', 'IdentitiesOnly=yes', 'GlobalKnownHostsFile=none', ...options]
  const flags = all.flatMap((option) => ['-o', option])
  return sid('ssh', ['-F', 'none', '-p', String(port), '-i', identity, ...flags, `${user}@127.0.0.1`, 'true'])
}

withSid(
  'host certificates with wildcards are taken for the names that we take them for',
  async (t) => {
    const [[host], [login], [authority]] = await Promise.all([
      makeKeys('host'),
      makeKeys('login'),
      makeKeys('authority'),
    ])
    const certificate = await issueCertificate(
      {
        ...window,
        kind: 'host',
        publicKey: host!.key.publicKey,
        keyId: 'host',
        principals: ['plain.example.com', '*.wild.example.com', 'h?.one.example.com', 'a*z'],
      },
      authority!.key,
    )
    const sshd = await startSshd({
      authorizedKeys: formatPublicKey(login!.key.publicKey),
      hostKey: host!.path,
      hostCertificate: put(formatCertificate(certificate)),
    })
    try {
      const known = put(`@cert-authority * ${formatPublicKey(authority!.key.publicKey)}`)
      const names = [
        'plain.example.com',
        'a.wild.example.com',
        'a.b.wild.example.com',
        'h1.one.example.com',
        'az',
        'abcz',
      ]
      const others = [
        'wild.example.com',
        'h.one.example.com',
        'h12.one.example.com',
        'plain.example.org',
        'azb',
        'other',
      ]
      for (const principal of [...names, ...others]) {
        const policy = { kind: 'host', authorities: [authority!.key.publicKey], time: now, principal } as const
        const ours = await checkCertificate(certificate, policy).then(
          () => 'taken',
          (error) => error.code,
        )
        assert.equal(ours, names.includes(principal) ? 'taken' : 'principal', principal)
        const trust = [`UserKnownHostsFile=${known}`, 'StrictHostKeyChecking=yes', `HostKeyAlias=${principal}`]
        const { code, err } = await ssh(sshd.port, login!.path, trust)
        assert.equal(code, names.includes(principal) ? 0 : 255, `${principal}: ${err}`)
        if (code !== 0) assert.match(err, /not a listed principal/)
      }
      t.diagnostic(`${names.length + others.length} connections`)
    } finally {
      await sshd.stop()
    }
  },
  ready,
)

withSid(
  'what a certificate asks of a security key, sshd asks for',
  async (t) => {
    const [authority] = await makeKeys('authority')
    const sshd = await startSshd({ trustedUserCaKeys: formatPublicKey(authority!.key.publicKey) })
    const known = [`UserKnownHostsFile=${put(`* ${sshd.hostKey}\n`)}`, 'StrictHostKeyChecking=yes']
    const provider = `SecurityKeyProvider=${softwareSecurityKey}`
    /** How the key was asked for, what its certificate says, and whether sshd lets it in. */
    const cases = [
      { asked: [], touch: true, verify: false, let: true },
      { asked: ['no-touch-required'], touch: true, verify: false, let: false },
      { asked: ['no-touch-required'], touch: false, verify: false, let: true },
      { asked: [], touch: false, verify: false, let: true },
      { asked: [], touch: true, verify: true, let: false },
      { asked: ['verify-required'], touch: true, verify: true, let: true },
      { asked: ['verify-required', 'no-touch-required'], touch: true, verify: true, let: false },
      { asked: ['verify-required', 'no-touch-required'], touch: false, verify: true, let: true },
    ]
    try {
      for (const type of ['ed25519-sk', 'ecdsa-sk']) {
        for (const { asked, touch, verify, let: wanted } of cases) {
          const path = fresh(type)
          const options = asked.flatMap((name) => ['-O', name])
          await mustSid('ssh-keygen', ['-q', '-t', type, ...options, '-N', '', '-f', path])
          const certificate = await issueCertificate(
            {
              ...window,
              kind: 'user',
              publicKey: parsePublicKey(get(`${path}.pub`)),
              keyId: type,
              principals: [user],
              criticalOptions: verify ? { 'verify-required': true } : {},
              extensions: touch ? {} : { 'no-touch-required': true },
            },
            authority!.key,
          )
          const policy = { kind: 'user', authorities: [authority!.key.publicKey], time: now, principal: user } as const
          const facts = await checkCertificate(certificate, policy)
          assert.deepEqual([facts.verifyRequired, facts.permissions.includes('no-touch-required')], [verify, !touch])
          const file = `CertificateFile=${put(formatCertificate(certificate))}`
          const { code, err } = await ssh(sshd.port, path, [file, provider, ...known])
          assert.equal(
            code,
            wanted ? 0 : 255,
            `${type} ${asked} touch ${touch} verify ${verify}: ${err}\n${sshd.log()}`,
          )
        }
      }
      assert.match(sshd.log(), /user presence \(authenticator touch\) requirement not met/)
      assert.match(sshd.log(), /user verification requirement not met/)
      t.diagnostic(`${2 * cases.length} logins`)
    } finally {
      await sshd.stop()
    }
  },
  ready,
)
