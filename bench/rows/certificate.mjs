/** Issuing a certificate and writing its line; reading and checking one. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import sshpk from 'sshpk'
import { load, tried } from '../library.mjs'

export const about = { place: 6, everywhere: true }

const { subtle } = globalThis.crypto

const NOW = Math.floor(Date.now() / 1000)

const kinds = [
  ['Ed25519', 'ed25519', 'Ed25519'],
  ['ECDSA P-256', 'ecdsa', { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }],
  ['RSA-3072', 'rsa3072', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
]

/** The public key of an authority as raw WebCrypto imports it. */
function rawPublic(fixture, components, pkcs8) {
  if (fixture === 'ed25519') return ['raw', components.public]
  if (fixture === 'ecdsa') return ['raw', components.point]
  const node = createPublicKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }))
  return ['spki', node.export({ format: 'der', type: 'spki' })]
}

/** The signature of a certificate as raw WebCrypto takes it: what stands behind the algorithm's name. */
async function rawSignature(fixture, signature) {
  const { Reader } = await load('wire/index.js')
  const reader = new Reader(signature.blob)
  reader.string('algorithm')
  if (fixture !== 'ecdsa') return reader.string('signature')
  const inner = reader.inner('signature')
  const fixed = (scalar) => Buffer.concat([new Uint8Array(32 - scalar.length), scalar])
  return Buffer.concat([fixed(inner.mpint('r')), fixed(inner.mpint('s'))])
}

export async function rows(fixtures) {
  const { checkCertificate, defaultUserExtensions, formatCertificate, issueCertificate, ...hawser } =
    await load('index.js')
  const subjects = fixtures.ed25519.map((f) => hawser.parsePublicKey(f.line))
  const sshpkSubjects = fixtures.ed25519.map((f) => sshpk.parseKey(f.line, 'ssh'))
  const identity = sshpk.identityForUser('alice')
  const out = []
  for (const [title, fixture, algorithm] of kinds) {
    const { file, pkcs8 } = fixtures[fixture][0]
    const authority = await hawser.parsePrivateKey(file)
    const issue = async (i) => {
      const request = {
        kind: 'user',
        publicKey: subjects[i % subjects.length],
        keyId: 'alice',
        principals: ['alice'],
        serial: BigInt(i),
        validAfter: NOW - 60,
        validBefore: NOW + 3600,
        extensions: defaultUserExtensions,
      }
      return formatCertificate(await issueCertificate(request, authority))
    }
    const sshpkAuthority = sshpk.parsePrivateKey(file, 'ssh-private')
    const sshpkIssue = (i) => {
      const key = sshpkSubjects[i % sshpkSubjects.length]
      const options = { validFrom: new Date((NOW - 60) * 1000), validUntil: new Date((NOW + 3600) * 1000) }
      return sshpk.createCertificate(identity, key, identity, sshpkAuthority, options).toString('openssh')
    }
    const lines = await Promise.all(Array.from({ length: 8 }, (_, i) => issue(i)))
    const theirs = await tried(`sshpk for ${title}`, () => String(sshpkIssue(0)))
    if (theirs) assert.equal(hawser.parseCertificate(theirs).keyId, 'user_alice')
    const policy = { kind: 'user', authorities: [authority.publicKey], time: NOW, principal: 'alice' }
    const check = (i) => checkCertificate(lines[i & 7], policy)
    const [format, publicKey] = rawPublic(fixture, authority.exposeComponents(), pkcs8)
    const importPublic = () => subtle.importKey(format, publicKey, algorithm, false, ['verify'])
    const parsed = lines.map((line) => hawser.parseCertificate(line))
    const signed = parsed.map((c) => c.blob.subarray(0, c.signedLength))
    const signatures = await Promise.all(parsed.map((c) => rawSignature(fixture, c.signature)))
    for (const i of lines.keys()) {
      assert.equal((await check(i)).principal, 'alice')
      assert.ok(await subtle.verify(algorithm, await importPublic(), signatures[i], signed[i]))
    }
    out.push(
      {
        name: `issue a certificate, ${title} authority`,
        ours: issue,
        peers: { sshpk: sshpkIssue },
        // Both sides leave RSA and ECDSA to OpenSSL, so that there is nothing to be twenty times faster at.
        ...(fixture === 'ed25519' && { targets: { sshpk: 20 } }),
      },
      {
        name: `read and check a certificate, ${title} authority (WebCrypto: import, verify)`,
        ours: check,
        peers: {
          WebCrypto: async (i) => subtle.verify(algorithm, await importPublic(), signatures[i & 7], signed[i & 7]),
        },
        targets: { WebCrypto: 0.8 },
      },
    )
  }
  return out
}
