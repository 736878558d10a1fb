/**
 * Signatures of the real tools hold here, and over nothing else; what is deterministic is signed as the tools sign it.
 * Every type signs what it verifies itself.
 */

import { message as rsaMessage, rsaVectors } from '../../crypto/rsa-vectors.ts'
import { hex, octets, toHex, utf8 } from '../../support/bytes.ts'
import type { SignatureVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, sameBytes } from '../support.ts'

/** A signature blob of what a tool wrote. */
function blobOf(given: Given, entry: SignatureVector, type: string): Uint8Array {
  const { Writer } = given.library.wire
  if (entry.blobHex) return hex(entry.blobHex)
  if (entry.rsaHex) return new Writer().string(entry.algorithm!).string(hex(entry.rsaHex)).take()
  // SEQUENCE of two INTEGERs, which are an mpint each but for the tag; lengths below 256.
  const der = hex(entry.derHex!)
  const numbers = new Writer()
  let at = der[1]! & 0x80 ? 3 : 2
  for (let i = 0; i < 2; i++) {
    const length = der[at + 1]!
    numbers.string(der.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  return new Writer().string(type).string(numbers.take()).take()
}

export function signatureCases(given: Given, add: Add): void {
  const { root, wire, keys } = given.library
  const { parsePublicKey, parsePrivateKey, sign, verify } = root
  const pub = (name: string) => parsePublicKey(given.file(`own/keys/${name}.pub`))

  const entries = given.json<{ signatures: readonly SignatureVector[] }>('own/manifest.json').signatures
  for (const [i, entry] of entries.entries()) {
    const key = pub(entry.key)
    const data = hex(entry.dataHex)
    const blob = blobOf(given, entry, key.type)
    const algorithm = keys.decodeSignature(blob).algorithm
    const policy = { algorithms: [algorithm] }
    add.crypto(`${i + 1}: ${algorithm} by ${entry.tool}`, async () => {
      assert.equal((await verify(key, blob, data, policy)).algorithm, algorithm)
      assert.equal(await codeOf(given, () => verify(key, blob, utf8('another'), policy)), 'bad-signature')
      for (const at of [blob.length - 1, blob.length - 20]) {
        const other = blob.map((octet, j) => (j === at ? octet ^ 1 : octet))
        assert.equal(await codeOf(given, () => verify(key, other, data, policy)), 'bad-signature')
      }
      const more = Uint8Array.of(...blob, 0)
      assert.equal(await codeOf(given, () => verify(key, more, data, policy)), 'trailing-bytes')
      if (algorithm === 'ssh-rsa') {
        assert.equal(await codeOf(given, () => verify(key, blob, data)), 'algorithm-not-allowed')
      }
      if (!/^(ssh-ed25519|.*rsa.*)$/.test(algorithm)) return
      const signer = await parsePrivateKey(given.file(`own/keys/${entry.key}`))
      sameBytes((await sign(signer, data, { algorithm })).blob, blob, 'signed again')
    })
  }

  const rsaName: Readonly<Record<string, string>> = {
    'SHA-1': 'ssh-rsa',
    'SHA-256': 'rsa-sha2-256',
    'SHA-512': 'rsa-sha2-512',
  }
  for (const { bits, n, signatures, key: secret } of rsaVectors) {
    for (const [hash, value] of Object.entries(signatures)) {
      const algorithm = rsaName[hash]!
      add.crypto(`RSA-${bits} with ${hash} by openssl`, async () => {
        const e = hex('010001')
        const key = keys.publicKeyOf(keys.rsa, { e, n: hex(n) }, '')
        const blob = new wire.Writer().string(algorithm).string(hex(value)).take()
        await verify(key, blob, octets(rsaMessage), { algorithms: [algorithm] })
        assert.equal(
          await codeOf(given, () => verify(key, blob, utf8('x'), { algorithms: [algorithm] })),
          'bad-signature',
        )
        if (!secret) return
        const parts = Object.entries(secret).map(([name, value]) => [name, hex(value)])
        const signer = new keys.PrivateKey(keys.rsa, { n: hex(n), e, ...Object.fromEntries(parts) }, '')
        sameBytes((await signer.sign(octets(rsaMessage), { algorithm })).blob, blob)
      })
    }
  }

  const names = ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa1024', 'rsa2048', 'rsa3072']
  const files = [...names.map((name) => `keys/${name}`), 'types/mldsa44-ed25519']
  for (const path of files) {
    add.crypto(`${path} signs and verifies, each algorithm`, async () => {
      const signer = await parsePrivateKey(given.file(`own/${path}`))
      const type = keys.needType(keys.allTypes, signer.type)
      for (const algorithm of [...type.algorithms, ...type.legacyAlgorithms]) {
        const data = utf8(`what ${algorithm} signs`)
        const signature = await sign(signer, data, { algorithm })
        assert.equal(signature.algorithm, algorithm)
        const verifier = keys.prepareVerifier(signer.publicKey, { types: keys.allTypes, algorithms: [algorithm] })
        assert.equal((await verifier.verify(signature, data)).algorithm, algorithm)
        await assert.rejects(verifier.verify(signature, utf8('another')), { code: 'bad-signature' })
      }
      assert.equal(await codeOf(given, () => sign(signer, utf8('x'), { algorithm: 'x-none' })), 'unsupported-algorithm')
      // What is empty, and what is longer than one block of any hash.
      for (const data of [new Uint8Array(0), new Uint8Array(70_000).fill(7)]) {
        await verify(signer.publicKey, await sign(signer, data), data)
      }
    })
  }

  add.crypto('a security key tells its flags, and the policy asks for them', async () => {
    const { parseSshsig } = given.library.sshsig
    for (const [name, present] of [
      ['ed25519-sk', true],
      ['ecdsa-sk', true],
      ['no-touch', false],
    ] as const) {
      const check = (touchRequired: boolean, pinRequired = false) =>
        given.library.sshsig.checkMessageSignature(
          given.file('own/types/message'),
          given.file(`own/types/${name}.sig`),
          {
            namespace: 'file',
            types: keys.allTypes,
            touchRequired,
            pinRequired,
          },
        )
      assert.equal((await check(false)).userPresent, present)
      assert.equal(await codeOf(given, () => check(true)), present ? undefined : 'touch-required')
      assert.equal(await codeOf(given, () => check(false, true)), 'pin-required')
      const found = parseSshsig(given.file(`own/types/${name}.sig`), { types: keys.allTypes })
      sameBytes(found.publicKey.blob, parsePublicKey(given.file(`own/types/${name}.pub`)).blob)
    }
  })

  for (const [name, algorithm] of [
    ['dsa', 'ssh-dss'],
    ['mldsa44-ed25519', 'ssh-mldsa44-ed25519'],
  ] as const) {
    add.crypto(`the signature of types/${name}`, async () => {
      const { signature, signed } = openSshsig(
        given,
        given.file(`own/types/${name}.sig`),
        given.file('own/types/message'),
      )
      const key = parsePublicKey(given.file(`own/types/${name}.pub`))
      const policy = { algorithms: [algorithm] }
      assert.equal((await verify(key, signature, signed, policy)).algorithm, algorithm)
      assert.equal(await codeOf(given, () => verify(key, signature, utf8('x'), policy)), 'bad-signature')
      if (name === 'dsa')
        assert.equal(await codeOf(given, () => verify(key, signature, signed)), 'algorithm-not-allowed')
    })
  }

  add.plain('a signature is decoded and made anew', () => {
    const blob = new wire.Writer().string('ssh-ed25519').string(new Uint8Array(64).fill(1)).take()
    const read = keys.decodeSignature(blob)
    assert.equal(read.algorithm, 'ssh-ed25519')
    assert.equal(toHex(read.blob), toHex(blob))
  })
}

/** The signature in an SSHSIG file and what was signed (openssh-portable PROTOCOL.sshsig), without the library's SSHSIG. */
function openSshsig(
  given: Given,
  file: Uint8Array,
  message: Uint8Array,
): { signature: Uint8Array; signed: Uint8Array } {
  const { wire, crypto } = given.library
  const reader = new wire.Reader(wire.decodeArmor(file).body)
  reader.take(6, 'magic')
  reader.u32('version')
  reader.string('public key')
  const namespace = reader.string('namespace')
  reader.string('reserved')
  const hash = reader.text('hash')
  const signature = reader.string('signature')
  const digest = (hash === 'sha256' ? crypto.sha256 : crypto.sha512).digest(message)
  const signed = new wire.Writer().raw(utf8('SSHSIG')).string(namespace).string('').string(hash).string(digest).take()
  return { signature, signed }
}
