/** `ecdsa-sha2-nistp256`, `-nistp384`, `-nistp521`: RFC 5656 sections 3.1 and 6.2. */

import {
  checkEcdsa,
  checkEcdsaPoint,
  type EcdsaCurve,
  ecdsaPublicKey,
  generateEcdsa,
  p256,
  p384,
  p521,
  prepareEcdsaSign,
  prepareEcdsaVerify,
} from '../../crypto/ecdsa.ts'
import { bad } from '../../wire/expect.ts'
import { padLeft } from '../../wire/octets.ts'
import type { Reader } from '../../wire/reader.ts'
import { encodeText } from '../../wire/text.ts'
import { Writer } from '../../wire/writer.ts'
import type { Field } from '../fields.ts'
import { type Asn1Value, fixedSize, type KeyType } from '../key-type.ts'
import { signString } from '../signature.ts'

/** ECPrivateKey, RFC 5915 section 3. */
const sec1: Asn1Value = { kind: 'ec-private-key', scalar: 'scalar', point: 'point' }

/**
 * Reads r or s of a signature into the `size` octets of `out` before `end`; false where it is too large.
 * Superfluous leading zeros are a tolerance: OpenSSH takes them (sshbuf_get_bignum2 strips them).
 */
function readScalar(reader: Reader, what: string, size: number, out: Uint8Array, end: number): boolean {
  const bytes = reader.string(what)
  if (bytes.length > 0 && bytes[0]! & 0x80) throw bad(what, 'a positive integer')
  const surplus = bytes.length - size
  // Octet by octet: a view of so few costs more than they do.
  for (let i = 0; i < bytes.length; i++) {
    if (i >= surplus) out[end - bytes.length + i] = bytes[i]!
    else if (bytes[i]) return false
  }
  return true
}

function ecdsaType(curve: EcdsaCurve, name: string, alias: string, bits: number): KeyType {
  const { size } = curve
  const curveField: Field = { name: 'curve', kind: 'string', max: 8, constant: curve.name }
  const pointField: Field = { name: 'point', kind: 'string', max: 2 * size + 1, length: 2 * size + 1 }
  // An mpint on the wire, of fixed width as a component: so have it SEC 1, PKCS#8, JWK and the arithmetic.
  const scalarField: Field = {
    name: 'scalar',
    kind: 'mpint',
    max: size,
    secret: true,
    codec: { decode: (wire) => padLeft(wire, size), encode: (value) => new Uint8Array(value) },
  }
  return {
    name,
    alias,
    title: 'ECDSA',
    certName: `${name}-cert-v01@openssh.com`,
    publicFields: [curveField, pointField],
    privateFields: [curveField, pointField, scalarField],
    algorithms: [name],
    legacyAlgorithms: [],
    asn1: {
      oid: '1.2.840.10045.2.1',
      parameters: curve.oid,
      publicKey: { kind: 'octets', component: 'point' },
      privateKey: sec1,
      traditional: { label: 'EC PRIVATE KEY', value: sec1 },
    },
    jwk: {
      kty: 'EC',
      crv: `P-${bits}`,
      members: { x: ['point', 1, 1 + size], y: ['point', 1 + size, 1 + 2 * size], d: 'scalar' },
    },
    sshfp: 3,
    derivePublic: (c) => ({ curve: encodeText(curve.name), point: ecdsaPublicKey(curve, c.scalar!) }),
    bits: () => bits,
    checkPublic(c) {
      if (!checkEcdsaPoint(curve, c.point!)) {
        throw bad(name, 'an uncompressed point on the curve')
      }
    },
    checkPrivate: (c) => checkEcdsa(curve, c.scalar!, c.point!),
    async generate(options) {
      fixedSize(alias, bits, options.bits)
      const { scalar, point } = await generateEcdsa(curve, options.random)
      return { curve: encodeText(curve.name), point, scalar }
    },
    async prepareSign(c) {
      const sign = await prepareEcdsaSign(curve, c.scalar!, c.point!)
      return signString(async (data) => {
        const rs = await sign(data)
        return new Writer().mpint(rs.subarray(0, size)).mpint(rs.subarray(size)).take()
      })
    },
    async prepareVerify(c) {
      const verify = await prepareEcdsaVerify(curve, c.point!)
      return async (value, data) => {
        const inner = value.inner(`${name} signature`)
        value.end(`${name} signature`)
        const rs = new Uint8Array(2 * size)
        const r = readScalar(inner, `${name} signature r`, size, rs, size)
        const s = readScalar(inner, `${name} signature s`, size, rs, 2 * size)
        inner.end(`${name} signature`)
        return r && s && (await verify(rs, data)) ? {} : undefined
      }
    },
  }
}

/** ECDSA keys on NIST P-256. */
export const ecdsaP256: KeyType = /* @__PURE__ */ ecdsaType(p256, 'ecdsa-sha2-nistp256', 'ecdsa-p256', 256)
/** ECDSA keys on NIST P-384. */
export const ecdsaP384: KeyType = /* @__PURE__ */ ecdsaType(p384, 'ecdsa-sha2-nistp384', 'ecdsa-p384', 384)
/** ECDSA keys on NIST P-521. */
export const ecdsaP521: KeyType = /* @__PURE__ */ ecdsaType(p521, 'ecdsa-sha2-nistp521', 'ecdsa-p521', 521)
