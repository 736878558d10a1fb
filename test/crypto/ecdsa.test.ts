import assert from 'node:assert/strict'
import nodeCrypto from 'node:crypto'
import { describe, it } from 'node:test'
import { bigIntToBytes, bytesToBigInt } from '../../src/crypto/bigint.ts'
import {
  checkEcdsa,
  checkEcdsaPoint,
  type EcdsaCurve,
  generateEcdsa,
  p256,
  p384,
  p521,
  prepareEcdsaSign,
  prepareEcdsaVerify,
} from '../../src/crypto/ecdsa.ts'
import { wrapEc } from '../../src/crypto/pkcs8-der.ts'
import { hex, paths, utf8 } from './without-subtle.ts'

const data = utf8('sample')
const hashes = { nistp256: 'sha256', nistp384: 'sha384', nistp521: 'sha512' }

/** RFC 6979 sections A.2.5 to A.2.7, message "sample": scalar, then Ux and Uy, then r and s. */
const rfc6979: readonly [EcdsaCurve, string, string, string][] = [
  [
    p256,
    'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
    '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  ],
  [
    p384,
    '6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5',
    'ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
    '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
  ],
  [
    p521,
    '00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538',
    '01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a400493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfdfcf5',
    '00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a',
  ],
]

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

for (const [curve, scalarHex, pointHex, signatureHex] of rfc6979) {
  const { size } = curve
  const scalar = hex(scalarHex)
  const point = hex(`04${pointHex}`)
  const signature = hex(signatureHex)
  const order = curve.domain.n
  const nodeKey = nodeCrypto.createPrivateKey({
    key: Buffer.from(wrapEc(curve.oid, scalar, point)),
    format: 'der',
    type: 'pkcs8',
  })

  for (const [name, run] of paths) {
    describe(`ECDSA ${curve.name} ${name}`, () => {
      it('takes the signature of RFC 6979, its other S, and nothing else', () =>
        run(async () => {
          const verify = await prepareEcdsaVerify(curve, point)
          const [r, s] = [signature.subarray(0, size), signature.subarray(size)]
          assert.equal(await verify(signature, data), true)
          const otherS = bigIntToBytes(order - bytesToBigInt(s), size)
          assert.equal(await verify(join(r, otherS), data), true)
          assert.equal(await verify(signature, utf8('other')), false)
          assert.equal(await verify(join(s, r), data), false)
          assert.equal(await verify(signature.subarray(1), data), false)
          assert.equal(await verify(join(Uint8Array.of(0), signature), data), false)
        }))

      it('refuses r and s outside of 1 to n-1', () =>
        run(async () => {
          const verify = await prepareEcdsaVerify(curve, point)
          const [r, s] = [signature.subarray(0, size), signature.subarray(size)]
          const bad = [0n, order, order + 1n, bytesToBigInt(r) + order, bytesToBigInt(s) + order]
            .filter((value) => value < 1n << BigInt(8 * size))
            .map((value) => bigIntToBytes(value, size))
          bad.push(new Uint8Array(size).fill(0xff))
          for (const value of bad) {
            assert.equal(await verify(join(value, s), data), false)
            assert.equal(await verify(join(r, value), data), false)
            assert.equal(await verify(join(value, value), data), false)
          }
        }))

      it('signs what node:crypto takes, and takes what it signs', () =>
        run(async () => {
          const sign = await prepareEcdsaSign(curve, scalar, point)
          const verify = await prepareEcdsaVerify(curve, point)
          for (let i = 0; i < 4; i++) {
            const message = Uint8Array.of(i)
            const made = await sign(message)
            assert.equal(made.length, 2 * size)
            assert.equal(await verify(made, message), true)
            const hash = hashes[curve.name]
            const options = { key: nodeKey, dsaEncoding: 'ieee-p1363' } as const
            const nodePublic = { key: nodeCrypto.createPublicKey(nodeKey), dsaEncoding: 'ieee-p1363' } as const
            assert.equal(nodeCrypto.verify(hash, message, nodePublic, made), true)
            assert.equal(await verify(new Uint8Array(nodeCrypto.sign(hash, message, options)), message), true)
          }
        }))

      it('generates keys that belong together', () =>
        run(async () => {
          const key = await generateEcdsa(curve)
          assert.equal(key.scalar.length, size)
          assert.equal(key.point.length, 2 * size + 1)
          assert.equal(checkEcdsaPoint(curve, key.point), true)
          assert.equal(await checkEcdsa(curve, key.scalar, key.point), true)
          const random = (length: number): Uint8Array => new Uint8Array(length).fill(7)
          const fixed = await generateEcdsa(curve, random)
          assert.deepEqual(await generateEcdsa(curve, random), fixed)
          assert.equal(await checkEcdsa(curve, fixed.scalar, fixed.point), true)
        }))

      it('tells whether a scalar gives a point', () =>
        run(async () => {
          assert.equal(await checkEcdsa(curve, scalar, point), true)
          const other = await generateEcdsa(curve)
          assert.equal(await checkEcdsa(curve, scalar, other.point), false)
          assert.equal(await checkEcdsa(curve, other.scalar, point), false)
          const negative = bigIntToBytes(order - bytesToBigInt(scalar), size)
          for (const bad of [new Uint8Array(size), negative, scalar.subarray(1)]) {
            assert.equal(await checkEcdsa(curve, bad, point), false)
          }
          assert.equal(await checkEcdsa(curve, bigIntToBytes(order, size), point), false)
          const above = bytesToBigInt(scalar) + order
          if (above < 1n << BigInt(8 * size)) {
            assert.equal(await checkEcdsa(curve, bigIntToBytes(above, size), point), false)
          }
        }))

      it('refuses points that are compressed, at infinity, off the curve or out of the field', () =>
        run(async () => {
          assert.equal(checkEcdsaPoint(curve, point), true)
          const compressed = join(Uint8Array.of(2 + (point.at(-1)! & 1)), point.subarray(1, size + 1))
          const hybrid = join(Uint8Array.of(6 + (point.at(-1)! & 1)), point.subarray(1))
          const off = point.map((octet, i) => (i === point.length - 1 ? octet ^ 1 : octet))
          const zero = join(Uint8Array.of(4), new Uint8Array(2 * size))
          const outside = join(Uint8Array.of(4), new Uint8Array(2 * size).fill(0xff))
          const empty = new Uint8Array(0)
          for (const bad of [compressed, hybrid, off, zero, outside, Uint8Array.of(0), empty, point.subarray(1)]) {
            assert.equal(checkEcdsaPoint(curve, bad), false)
            assert.equal(await (await prepareEcdsaVerify(curve, bad))(signature, data), false)
            assert.equal(await checkEcdsa(curve, scalar, bad), false)
          }
        }))

      it('refuses to sign with a scalar outside of 1 to n−1', () =>
        run(async () => {
          const { point } = await generateEcdsa(curve)
          for (const octet of [0, 255]) {
            const scalar = new Uint8Array(curve.size).fill(octet)
            await assert.rejects(prepareEcdsaSign(curve, scalar, point), { name: 'FormatError', code: 'bad-value' })
          }
        }))
    })
  }
}
