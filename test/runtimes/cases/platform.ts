/** The two ways of computing agree: what is signed without WebCrypto holds with it, and the other way round. */
import { withSubtle } from '../../crypto/without-subtle.ts'
import { concat, utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, sameBytes } from '../support.ts'

export function platformCases(given: Given, add: Add): void {
  const { root, keys, crypto: hashes, agent, agentProtocol: protocol } = given.library
  const types = keys.allTypes
  const open = (path: string) => root.parsePrivateKey(given.file(`own/${path}`))

  const files = ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa1024', 'rsa2048', 'rsa3072'].map((n) => `keys/${n}`)
  for (const path of [...files, 'types/mldsa44-ed25519']) {
    add.webCrypto(`${path}: signed by one way, verified by the other`, async () => {
      const data = utf8(`signed by ${path}`)
      const algorithms = keys.needType(types, (await open(path)).type).algorithms
      for (const algorithm of algorithms) {
        const here = await (await open(path)).sign(data, { algorithm })
        const pure = await withSubtle(undefined, async () => (await open(path)).sign(data, { algorithm }))
        const { publicKey } = await open(path)
        await root.verify(publicKey, pure, data)
        await withSubtle(undefined, () => root.verify(publicKey, here, data))
        if (/^(ssh-ed25519|rsa.*)$/.test(algorithm)) sameBytes(here.blob, pure.blob)
      }
    })
  }

  add.webCrypto(
    "ML-DSA-44: the platform's own verifies and makes the half of a signature",
    async () => {
      const key = await open('types/mldsa44-ed25519')
      const data = utf8('a message')
      const context = utf8('COMPSIG-MLDSA44-Ed25519-SHA512')
      const head = concat(utf8('CompositeAlgorithmSignatures2025'), context, Uint8Array.of(0))
      const message = concat(head, hashes.sha512.digest(data))
      const subtle = crypto.subtle as unknown as Record<string, (...given: unknown[]) => Promise<never>>
      const name = 'ML-DSA-44'
      const publicHalf = key.publicKey.blob.slice(-1344, -32)
      const platformKey = await subtle.importKey!('raw-public', publicHalf, name, true, ['verify'])
      const { blob } = await withSubtle(undefined, () => key.sign(data))
      const verified = await subtle.verify!({ name, context }, platformKey, blob.slice(-2484, -64), message)
      assert.equal(verified as unknown, true)
      const seed = key.exposeComponents().seeds!.slice(0, 32)
      const signing = await subtle.importKey!('raw-seed', seed, name, false, ['sign'])
      const value = new Uint8Array(await subtle.sign!({ name, context }, signing, message))
      const whole = concat(blob.slice(0, -2484), value, blob.slice(-64))
      for (const way of [
        (work: () => Promise<unknown>) => work(),
        (work: () => Promise<unknown>) => withSubtle(undefined, work),
      ]) {
        await way(() => root.verify(key.publicKey, whole, data))
      }
    },
    'context of ML-DSA-44 in WebCrypto',
  )

  add.crypto(
    'an agent served through a socket of Unix',
    async () => {
      if (!given.platform) throw new Error('the runner handed no sockets in')
      const served = await given.platform.serveAgentSocket(agent.createKeyring({ types }))
      try {
        const client = await given.platform.openAgent({ socket: served.path })
        const key = await open('keys/ed25519')
        await client.add(protocol.encodeAdd(key))
        const [identity] = await client.list()
        const signer = agent.agentSigner(client, identity!, { types })
        await root.verify(key.publicKey, await signer.sign(utf8('x')), utf8('x'))
        const other = await codeOf(given, async () =>
          root.verify(key.publicKey, await signer.sign(utf8('x')), utf8('y')),
        )
        assert.equal(other, 'bad-signature')
        await client.close()
      } finally {
        await served.close()
      }
    },
    'sockets of Unix',
  )
}
