/** A new key of every type signs, is verified, is written and read again, and is an authority; refused where none is made. */
import { repeatable, toHex, utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, expectedOf, sameBytes } from '../support.ts'
import type { Expected } from './writing.ts'

/** Names of `generateKey`, what each is called in SSH, its sizes. */
const kinds = [
  ['ed25519', 'ssh-ed25519', undefined],
  ['ecdsa-p256', 'ecdsa-sha2-nistp256', undefined],
  ['ecdsa-p384', 'ecdsa-sha2-nistp384', undefined],
  ['ecdsa-p521', 'ecdsa-sha2-nistp521', undefined],
  ['mldsa44-ed25519', 'ssh-mldsa44-ed25519', undefined],
  ['rsa', 'ssh-rsa', 2048],
] as const

/** Keys made of octets that are handed in: the same in every runtime. RSA: the least size, for time. */
export const determined: readonly (readonly [alias: (typeof kinds)[number][0], bits: number | undefined])[] = [
  ['ed25519', undefined],
  ['ecdsa-p256', undefined],
  ['ecdsa-p384', undefined],
  ['ecdsa-p521', undefined],
  ['mldsa44-ed25519', undefined],
  ['rsa', 1024],
]

/** The line of such a key, and the SHA-256 of its secret file. */
export async function determinedKey(
  given: Given,
  [alias, bits]: (typeof determined)[number],
): Promise<{ readonly line: string; readonly file: string }> {
  const { keys, formats } = given.library
  const type = keys.allTypes.find((one) => one.alias === alias)!
  const key = await keys.generatePrivateKey(type, { bits, random: repeatable(7), comment: 'determined' })
  const format = formats.opensshPrivate
  const file = await formats.formatPrivateKey(key, { formats: [format], random: repeatable(9) })
  return { line: given.library.root.formatPublicKey(key.publicKey), file }
}

export function generateCases(given: Given, add: Add): void {
  const { root, keys, crypto, wire } = given.library
  const { generateKey, parsePrivateKey, parsePublicKey, formatPrivateKey, formatPublicKey, fingerprint } = root

  for (const [alias, type, bits] of kinds) {
    add.crypto(`${alias}: made, used, written and read again`, async () => {
      const key = await generateKey(alias, { comment: 'new@test', bits })
      assert.deepEqual([key.type, key.comment], [type, 'new@test'])
      const descriptor = keys.needType(keys.allTypes, type)
      if (bits) assert.equal(descriptor.bits(keys.publicComponents(key.publicKey, descriptor)), bits)
      const data = utf8('a message')
      for (const algorithm of descriptor.algorithms) {
        const signature = await root.sign(key, data, { algorithm })
        assert.equal((await root.verify(key.publicKey, signature, data)).algorithm, algorithm)
        await assert.rejects(root.verify(key.publicKey, signature, utf8('another')), { code: 'bad-signature' })
      }
      const line = formatPublicKey(key.publicKey)
      sameBytes(parsePublicKey(line).blob, key.publicKey.blob)
      assert.match(fingerprint(key.publicKey), /^SHA256:[A-Za-z0-9+/]{43}$/)
      const plain = await formatPrivateKey(key)
      const locked = await formatPrivateKey(key, { passphrase: 'correct horse', rounds: 1 })
      await assert.rejects(parsePrivateKey(locked), { code: 'passphrase-required' })
      await assert.rejects(parsePrivateKey(locked, { passphrase: 'wrong' }), { code: 'passphrase-wrong' })
      for (const text of [plain, locked]) {
        const again = await parsePrivateKey(text, { passphrase: 'correct horse' })
        assert.deepEqual(again.exposeComponents(), key.exposeComponents())
        await root.verify(key.publicKey, await root.sign(again, data), data)
      }
      // Primes take their time, and are made of the same octets as the others.
      if (!bits) assert.notEqual((await generateKey(alias)).publicKey.blob.join(), key.publicKey.blob.join())
      key.wipe()
      await assert.rejects(root.sign(key, data), { code: 'wiped' })
    })

    if (alias === 'mldsa44-ed25519') continue
    const containers = [
      'pkcs8',
      'jwk',
      type === 'ssh-rsa' ? 'pkcs1' : type.startsWith('ecdsa') ? 'sec1' : 'ppk2',
      'ppk3',
    ]
    add.plain(`${alias}: through ${containers.join(', ')}`, async () => {
      const key = await generateKey(alias, { bits: bits && 1024 })
      for (const format of containers) {
        const again = await parsePrivateKey(await formatPrivateKey(key, { format }))
        assert.deepEqual(again.exposeComponents(), key.exposeComponents(), format)
      }
    })
  }

  const expected = given.json<Expected>('suite/expected.json')
  for (const kind of determined) {
    add.crypto(`${kind[0]} of octets that are handed in is the same everywhere`, async () => {
      const { line, file } = await determinedKey(given, kind)
      const made = wire.encodeText(line + file)
      assert.equal(toHex(crypto.sha256.digest(made)), expectedOf(expected.written, `${kind[0]} of given octets`))
    })
  }

  add.webCrypto('RSA-3072 is the size where none is named', async () => {
    const ticks: number[] = []
    const key = await generateKey('rsa', { onProgress: () => ticks.push(1) })
    const { n } = keys.publicComponents(key.publicKey, keys.rsa)
    assert.equal(n!.length, 384)
    assert.ok(n![0]! & 0x80)
    await root.verify(key.publicKey, await root.sign(key, utf8('x')), utf8('x'))
  })

  add.crypto('an abort ends it with the reason', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    const error = await generateKey('rsa', { signal }).catch((caught: unknown) => caught)
    assert.equal(error, reason)
  })

  add.plain('sizes that are none, and types that are not made', async () => {
    for (const bits of [1023, 16385, 2048.5]) await assert.rejects(generateKey('rsa', { bits }), TypeError)
    for (const type of [keys.dss, keys.skEd25519, keys.skEcdsaP256, keys.mldsa44Ed25519Experimental]) {
      assert.equal(await codeOf(given, () => keys.generatePrivateKey(type)), 'unsupported-type')
    }
    const other = await generateKey('x' as never).catch((error: unknown) => error)
    assert.ok(other instanceof TypeError || other instanceof given.library.errors.SshError)
  })

  add.plain('nothing secret is shown, and a key is disposed of', async () => {
    const key = await generateKey('ed25519')
    const { seed } = key.exposeComponents()
    const shown = `${JSON.stringify(key)} ${String(key)}`
    assert.ok(!shown.includes(wire.encodeBase64(seed!)) && !shown.includes(toHex(seed!)), shown)
    const dispose = (Symbol as { dispose?: symbol }).dispose
    if (dispose) (key as unknown as Record<symbol, () => void>)[dispose]!()
    else key.wipe()
    await assert.rejects(key.sign(utf8('x')), { code: 'wiped' })
  })
}
