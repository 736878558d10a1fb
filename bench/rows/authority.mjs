/**
 * An authority beside its own parts: certificates that it issues once a token is checked, and whole requests through its
 * fetch handler, which prove the key as well. Requests are in flight together.
 */
import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { load } from '../library.mjs'

export const about = { place: 7 }

const NOW = 1_800_000_000
const BASE = 'https://ssh.example.com'
const ISSUER = 'https://login.example.com'
/** Requests that are in flight together, which is one call: crypto.subtle works beside the thread that runs this. */
const FLIGHT = 32

/** The tokens of an issuer with that algorithm, and its keys. */
async function issuerOf(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg }]
  const claims = { iss: ISSUER, aud: 'ssh', sub: 'alice', groups: ['ops'], iat: NOW, exp: NOW + 300 }
  const token = await new SignJWT(claims).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey)
  return { token, jwks: { keys } }
}

export async function rows() {
  const { createAuthority, definePolicy, memoryStore, oidcAuthenticator, openStatement, signStatement } =
    await load('ca/index.js')
  const { formatCertificate, issueCertificate } = await load('cert/index.js')
  const { allTypes, ed25519, generatePrivateKey } = await load('keys/index.js')
  const { cryptoKeySigner } = await load('signers/index.js')
  const types = { types: allTypes }
  const pair = await globalThis.crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const signer = await cryptoKeySigner({ ...pair, ...types })
  const subjects = await Promise.all(Array.from({ length: FLIGHT }, () => generatePrivateKey(ed25519)))
  const data = new Uint8Array(400)
  const done = await signer.sign(data)
  const silent = { ...signer, sign: async () => done }
  const policy = definePolicy({
    hostGroups: { web: {} },
    grants: [{ groups: ['ops'], accounts: ['deploy'], hosts: ['web'] }],
  })
  const out = []
  for (const alg of ['ES256', 'EdDSA']) {
    const { token, jwks } = await issuerOf(alg)
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: 'ssh', jwks, groupsClaim: 'groups' })
    // Each request is new to this store, which does all that the usual one does: there are no statements to last for ever.
    let times = 0
    const memory = memoryStore({ clock: () => NOW * 1000 + times })
    const store = { ...memory, putIfAbsent: (key, value, s) => memory.putIfAbsent(`${key}${times++}`, value, s) }
    const authority = createAuthority({
      ...{ url: BASE, signer, authenticate, policy, store, record: () => {}, clock: () => NOW * 1000 },
      ...{ rates: { identity: { most: 2 ** 31, seconds: 60 } }, ...types },
    })
    const to = { url: `${BASE}/v1/user`, token, time: NOW }
    const statements = await Promise.all(subjects.map((subject) => signStatement(subject, { kind: 'user' }, to)))
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const bodies = statements.map((statement) => JSON.stringify(statement))
    const from = { remoteAddress: '192.0.2.7' }
    const serve = async (i) => {
      const answer = await authority.fetch(new Request(to.url, { method: 'POST', headers, body: bodies[i] }), from)
      return answer.json()
    }
    const encode = async (i, by = silent) =>
      formatCertificate(
        await issueCertificate(
          {
            ...{ kind: 'user', publicKey: subjects[i].publicKey, principals: ['deploy@web'], serial: 2n ** 62n },
            keyId: 'alice by oidc at 2027-01-15T08:00:00Z from 192.0.2.7 serial 4611686018427387904',
            ...{ validAfter: NOW - 60, validBefore: NOW + 120, extensions: { 'permit-pty': true } },
            criticalOptions: { 'source-address': '192.0.2.7/32' },
          },
          by,
          types,
        ),
      )
    const together = (work) => () => Promise.all(subjects.map((_, i) => work(i)))
    const checkToken = () => authenticate(token, { time: NOW })
    const checkProof = (i) => openStatement(statements[i], types)
    for (const { certificate } of await together(serve)())
      assert.match(certificate, /^ssh-ed25519-cert-v01@openssh\.com /)
    assert.equal((await checkToken()).id, 'alice')
    const parts = {
      'token check': together(checkToken),
      sign: together(() => signer.sign(data)),
      encode: together((i) => encode(i)),
      // A call is so many certificates.
      '2,000 a second': () => new Promise((resolve) => setTimeout(resolve, (FLIGHT * 1000) / 2000)),
    }
    out.push({
      name: `an authority: ${FLIGHT} certificates issued, ${alg} tokens checked (parts: its own, nothing around them)`,
      ours: together(async (i) => {
        const identity = await authenticate(token, { time: NOW })
        const { publicKey } = subjects[i]
        return authority.issue({ identity, ask: { kind: 'user' }, publicKey, address: from.remoteAddress })
      }),
      peers: {
        'all parts': together(async (i) => {
          await checkToken()
          return encode(i, signer)
        }),
        ...parts,
      },
      targets: { 'all parts': 0.6, '2,000 a second': 1 },
    })
    out.push({
      name: `an authority: ${FLIGHT} requests to its fetch handler, ${alg} tokens (parts: its own, nothing around them)`,
      ours: together(serve),
      peers: {
        'all parts': together(async (i) => {
          await checkToken()
          await checkProof(i)
          return encode(i, signer)
        }),
        'proof check': together(checkProof),
        ...parts,
      },
    })
  }
  return out
}
