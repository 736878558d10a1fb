/** `ssh-rsa`: RFC 4253 section 6.6; signatures with SHA-2 of RFC 8332, with SHA-1 only where asked for by name. */

import { magnitudeBits } from '../../crypto/bigint.ts'
import {
  checkRsaPrivate,
  checkRsaPublic,
  generateRsa,
  prepareRsaSign,
  prepareRsaVerify,
  type RsaHash,
  type RsaPrivate,
  rsaCrtExponents,
} from '../../crypto/rsa.ts'
import { defaultLimits } from '../../limits.ts'
import { checkWhole } from '../../wire/expect.ts'
import type { Components, Field } from '../fields.ts'
import type { Asn1Value, KeyType } from '../key-type.ts'
import { signString, verifyString } from '../signature.ts'

// A function: bundlers keep what a property is read for, used or not.
const MAX = /* @__PURE__ */ (() => defaultLimits.rsaBitsMax / 8)()

const n: Field = { name: 'n', kind: 'mpint', max: MAX }
const e: Field = { name: 'e', kind: 'mpint', max: MAX }
const secret = (name: string): Field => ({ name, kind: 'mpint', max: MAX, secret: true })

/** RSAPrivateKey, RFC 8017 appendix A.1.2. */
const pkcs1: Asn1Value = {
  kind: 'integers',
  version: 0,
  components: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'iqmp'],
}

const hashes: Readonly<Record<string, RsaHash>> = {
  'rsa-sha2-512': 'SHA-512',
  'rsa-sha2-256': 'SHA-256',
  'ssh-rsa': 'SHA-1',
}

/** The components have the names that the arithmetic uses. */
const numbers = (c: Components): RsaPrivate => c as unknown as RsaPrivate

/** RSA keys. */
export const rsa: KeyType = {
  name: 'ssh-rsa',
  alias: 'rsa',
  title: 'RSA',
  certName: 'ssh-rsa-cert-v01@openssh.com',
  publicFields: [e, n],
  privateFields: [
    n,
    e,
    /* @__PURE__ */ secret('d'),
    /* @__PURE__ */ secret('iqmp'),
    /* @__PURE__ */ secret('p'),
    /* @__PURE__ */ secret('q'),
  ],
  algorithms: ['rsa-sha2-512', 'rsa-sha2-256'],
  legacyAlgorithms: ['ssh-rsa'],
  asn1: {
    oid: '1.2.840.113549.1.1.1',
    parameters: null,
    publicKey: { kind: 'integers', components: ['n', 'e'] },
    privateKey: pkcs1,
    traditional: { label: 'RSA PRIVATE KEY', value: pkcs1 },
  },
  jwk: {
    kty: 'RSA',
    members: { n: 'n', e: 'e', d: 'd', p: 'p', q: 'q', dp: 'dp', dq: 'dq', qi: 'iqmp' },
  },
  sshfp: 1,
  derive: (c) => rsaCrtExponents(numbers(c)),
  bits: (c) => magnitudeBits(c.n!),
  checkPublic: (c, limits) => checkRsaPublic(numbers(c), limits),
  checkPrivate: async (c) => checkRsaPrivate(numbers(c)),
  async generate({ bits = 3072, ...options }) {
    checkWhole('bits', bits, defaultLimits.rsaBitsMin, defaultLimits.rsaBitsMax)
    return { ...(await generateRsa(bits, options)) }
  },
  async prepareSign(c, algorithm) {
    return signString(await prepareRsaSign(numbers(c), hashes[algorithm]!))
  },
  async prepareVerify(c, algorithm) {
    return verifyString(await prepareRsaVerify(numbers(c), hashes[algorithm]!), `${algorithm} signature`)
  },
}
