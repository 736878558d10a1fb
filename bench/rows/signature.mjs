/** Signing and verifying: with a key prepared once, and with the import of the key in each call, on both sides. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify, randomBytes } from 'node:crypto'
import forge from 'node-forge'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { load, tried } from '../library.mjs'

export const about = { place: 4, everywhere: true }

const { subtle } = globalThis.crypto

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const kinds = [
  { title: 'Ed25519', fixture: 'ed25519', algorithm: 'Ed25519', hash: 'sha512', nodeHash: null, sshpkTarget: 20 },
  {
    title: 'ECDSA P-256',
    fixture: 'ecdsa',
    algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    hash: 'sha256',
    nodeHash: 'sha256',
  },
  {
    title: 'RSA-3072 SHA-512',
    fixture: 'rsa3072',
    algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
    hash: 'sha512',
    nodeHash: 'sha512',
  },
]

/** What raw WebCrypto imports: the private key in PKCS#8, the public one in its shortest form. */
function rawKeys(fixture, { file, pkcs8 }, components) {
  if (fixture === 'ed25519') {
    return { pkcs8: Buffer.concat([ED25519_PKCS8, components.seed]), format: 'raw', publicKey: components.public }
  }
  if (fixture === 'ecdsa') return { pkcs8, format: 'raw', publicKey: components.point }
  const node = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }))
  assert.ok(file.length > 0)
  return { pkcs8, format: 'spki', publicKey: new Uint8Array(node.export({ format: 'der', type: 'spki' })) }
}

export async function rows(fixtures) {
  const { parsePrivateKey, verify } = await load('index.js')
  const { allTypes, prepareVerifier, PrivateKey, verifySignature } = await load('keys/index.js')
  const types = { types: allTypes }
  const messages = Array.from({ length: 16 }, () => new Uint8Array(randomBytes(256)))
  const message = (i) => messages[i & 15]
  const all = async (work) => Promise.all(messages.map(work))
  const out = []
  for (const { title, fixture, algorithm, hash, nodeHash, sshpkTarget } of kinds) {
    const key = await parsePrivateKey(fixtures[fixture][0].file)
    const { publicKey, keyType } = key
    const components = key.exposeComponents()
    const raw = rawKeys(fixture, fixtures[fixture][0], components)
    const importPrivate = () => subtle.importKey('pkcs8', raw.pkcs8, algorithm, false, ['sign'])
    const importPublic = () => subtle.importKey(raw.format, raw.publicKey, algorithm, false, ['verify'])
    const rawPrivate = await importPrivate()
    const rawPublic = await importPublic()

    const sshpkKey = sshpk.parsePrivateKey(fixtures[fixture][0].file, 'ssh-private')
    const sshpkPublic = sshpkKey.toPublic()
    const sshpkSign = (data) => {
      const signer = sshpkKey.createSign(hash)
      signer.update(Buffer.from(data.buffer, data.byteOffset, data.length))
      return signer.sign()
    }
    const sshpkVerify = (data, signature) => {
      const verifier = sshpkPublic.createVerify(hash)
      verifier.update(Buffer.from(data.buffer, data.byteOffset, data.length))
      return verifier.verify(signature)
    }
    const ssh2Key = ssh2.utils.parseKey(fixtures[fixture][0].file)
    const ssh2Hash = fixture === 'rsa3072' ? hash : undefined
    // ssh2 gives its errors back.
    const ssh2Gave = (found) => {
      if (found instanceof Error) throw found
      return found
    }
    const ssh2Sign = (data) => ssh2Gave(ssh2Key.sign(data, ssh2Hash))
    const ssh2Verify = (data, signature) => ssh2Gave(ssh2Key.verify(data, signature, ssh2Hash))
    const nodeKey = createPrivateKey({ key: Buffer.from(raw.pkcs8), format: 'der', type: 'pkcs8' })
    const nodePublic = createPublicKey(nodeKey)
    const verifier = prepareVerifier(publicKey, types)

    const made = {
      ours: await all((m) => key.sign(m)),
      sshpk: await tried(`sshpk for ${title}`, () => messages.map(sshpkSign)),
      ssh2: await tried(`ssh2 for ${title}`, () => messages.map(ssh2Sign)),
      raw: (await all((m) => subtle.sign(algorithm, rawPrivate, m))).map((s) => new Uint8Array(s)),
      node: messages.map((m) => nodeSign(nodeHash, m, nodeKey)),
    }
    for (const [i, m] of messages.entries()) {
      await verify(publicKey, made.ours[i], m)
      if (made.sshpk) assert.ok(sshpkVerify(m, made.sshpk[i]))
      if (made.ssh2) assert.equal(ssh2Verify(m, made.ssh2[i]), true)
      assert.ok(await subtle.verify(algorithm, rawPublic, made.raw[i], m))
    }

    const isRsa = fixture === 'rsa3072'
    const forgeKey = isRsa && forge.pki.privateKeyFromPem(nodeKey.export({ format: 'pem', type: 'pkcs1' }))
    const forgePublic = isRsa && forge.pki.publicKeyFromPem(nodePublic.export({ format: 'pem', type: 'spki' }))
    const digest = (m) => forge.md.sha512.create().update(Buffer.from(m).toString('binary'))
    const forgeMade = isRsa ? messages.map((m) => forgeKey.sign(digest(m))) : []
    const targets = { ...(sshpkTarget && { sshpk: sshpkTarget }), WebCrypto: 0.85 }
    out.push(
      {
        name: `sign, ${title}, key prepared`,
        ours: (i) => key.sign(message(i)),
        peers: {
          ...(made.sshpk && { sshpk: (i) => sshpkSign(message(i)) }),
          ...(made.ssh2 && { ssh2: (i) => ssh2Sign(message(i)) }),
          WebCrypto: (i) => subtle.sign(algorithm, rawPrivate, message(i)),
          'node:crypto': (i) => nodeSign(nodeHash, message(i), nodeKey),
          ...(isRsa && { 'node-forge': (i) => forgeKey.sign(digest(message(i))) }),
        },
        targets,
      },
      {
        name: `sign, ${title}, import in each call`,
        ours: (i) => new PrivateKey(keyType, components, '').sign(message(i)),
        peers: { WebCrypto: async (i) => subtle.sign(algorithm, await importPrivate(), message(i)) },
        targets: { WebCrypto: 0.85 },
      },
      {
        name: `verify, ${title}, key prepared`,
        ours: (i) => verifier.verify(made.ours[i & 15], message(i)),
        peers: {
          ...(made.sshpk && { sshpk: (i) => sshpkVerify(message(i), made.sshpk[i & 15]) }),
          ...(made.ssh2 && { ssh2: (i) => ssh2Verify(message(i), made.ssh2[i & 15]) }),
          WebCrypto: (i) => subtle.verify(algorithm, rawPublic, made.raw[i & 15], message(i)),
          'node:crypto': (i) => nodeVerify(nodeHash, message(i), nodePublic, made.node[i & 15]),
          ...(isRsa && {
            'node-forge': (i) => forgePublic.verify(digest(message(i)).digest().getBytes(), forgeMade[i & 15]),
          }),
        },
        targets,
      },
      {
        name: `verify, ${title}, import in each call`,
        ours: (i) => verifySignature(publicKey, made.ours[i & 15], message(i), types),
        peers: {
          WebCrypto: async (i) => subtle.verify(algorithm, await importPublic(), made.raw[i & 15], message(i)),
        },
        targets: { WebCrypto: 0.85 },
      },
    )
  }
  return out
}
