/**
 * `ssh-dss`: RFC 4253 section 6.6. Old keys are read, converted, and their signatures verified where the caller names
 * the algorithm; OpenSSH dropped all of it in 10.0. No key is made, and nothing is signed.
 */

import { bigIntToBytes, magnitudeBits } from '../../crypto/bigint.ts'
import { checkDsaPrivate, checkDsaPublic, type DsaPublic, dsaPublicKey, prepareDsaVerify } from '../../crypto/dsa.ts'
import { UnsupportedError } from '../../errors.ts'
import { defaultLimits } from '../../limits.ts'
import type { Components, Field } from '../fields.ts'
import type { Asn1Value, KeyType } from '../key-type.ts'
import { verifyString } from '../signature.ts'

// A function: bundlers keep what a property is read for, used or not.
const MAX = /* @__PURE__ */ (() => defaultLimits.dsaBitsMax / 8)()

const p: Field = { name: 'p', kind: 'mpint', max: MAX }
const q: Field = { name: 'q', kind: 'mpint', max: 32 }
const g: Field = { name: 'g', kind: 'mpint', max: MAX }
const y: Field = { name: 'y', kind: 'mpint', max: MAX }
const x: Field = { name: 'x', kind: 'mpint', max: 32, secret: true }

/** Of DSA PEM files: what openssl's `dsa` reads and writes; no RFC has it. */
const traditional: Asn1Value = { kind: 'integers', version: 0, components: ['p', 'q', 'g', 'y', 'x'] }

/** The components have the names that the arithmetic uses. */
const numbers = (c: Components): DsaPublic => c as unknown as DsaPublic

/** DSA keys. */
export const dss: KeyType = {
  name: 'ssh-dss',
  alias: 'dsa',
  title: 'DSA',
  certName: 'ssh-dss-cert-v01@openssh.com',
  publicFields: [p, q, g, y],
  privateFields: [p, q, g, y, x],
  algorithms: [],
  legacyAlgorithms: ['ssh-dss'],
  asn1: {
    oid: '1.2.840.10040.4.1',
    parameters: ['p', 'q', 'g'],
    publicKey: { kind: 'integer', component: 'y' },
    privateKey: { kind: 'integer', component: 'x' },
    traditional: { label: 'DSA PRIVATE KEY', value: traditional },
  },
  sshfp: 2,
  derivePublic(c) {
    return { p: c.p!, q: c.q!, g: c.g!, y: bigIntToBytes(dsaPublicKey(numbers(c), c.x!)) }
  },
  bits: (c) => magnitudeBits(c.p!),
  checkPublic: (c, limits) => checkDsaPublic(numbers(c), limits),
  checkPrivate: async (c) => checkDsaPrivate(numbers(c), c.x!),
  async generate() {
    throw new UnsupportedError('unsupported-type', 'ssh-dss: keys are not made')
  },
  async prepareSign() {
    throw new UnsupportedError('unsupported-algorithm', 'ssh-dss: keys do not sign')
  },
  async prepareVerify(c) {
    return verifyString(prepareDsaVerify(numbers(c)), 'ssh-dss signature', 40)
  },
}
