/**
 * Google Cloud Key Management Service: "cryptoKeyVersions.getPublicKey", "cryptoKeyVersions.asymmetricSign" and
 * "CryptoKeyVersionAlgorithm" of its REST reference (https://cloud.google.com/kms/docs/reference/rest), "Verifying
 * end-to-end data integrity".
 *
 * A key version has one algorithm. Public keys are SubjectPublicKeyInfo in PEM, ECDSA signatures DER. Everything is
 * checked by CRC-32C both ways, and an answer without is refused: what is lost is an answer, what is gained is that a
 * digest that was damaged on its way is not signed unseen.
 */

import { decodeSpki } from '../formats/spki.ts'
import { decodeArmor } from '../wire/armor.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { bad } from '../wire/expect.ts'
import { encodeText } from '../wire/text.ts'
import { crc32c } from './crc32c.ts'
import type { KmsAnswer } from './exchange.ts'
import {
  checkName,
  type KmsService,
  member,
  objectMember,
  octetsMember,
  sameMember,
  serviceUrl,
  textMember,
} from './kms-service.ts'

/** Which key of Google Cloud KMS. */
export interface GoogleKmsOptions {
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/…` */
  readonly keyVersion: string
  /** The service's URL where it is not `https://cloudkms.googleapis.com`. */
  readonly endpoint?: string | undefined
}

const NAME =
  /^projects\/[a-z\d][\w.:-]*\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+\/cryptoKeyVersions\/\d+$/

/** The size of a key in the name of its algorithm; the key itself says it, too. */
const SIZE = /^(RSA_SIGN_PKCS1)_\d{4,5}(?=_SHA(?:256|512)$)/

/** An Int64Value, which JSON has as text. */
function checkSum(answer: KmsAnswer, name: string, bytes: Uint8Array): void {
  if (String(member(answer, name)) !== String(crc32c(bytes))) throw bad(`"${name}"`, 'the checksum of what came')
}

/**
 * A key version in Google Cloud KMS, for {@link kmsSigner}: `RSA_SIGN_PKCS1_…_SHA256` or `_SHA512`, `EC_SIGN_P256_SHA256`,
 * `EC_SIGN_P384_SHA384`, `EC_SIGN_ED25519`. It takes `cloudkms.cryptoKeyVersions.viewPublicKey` and `.useToSign`; `fetch`
 * adds a bearer token. Throws `TypeError` for options that are none.
 *
 * @example
 * ```ts
 * import { ed25519 } from 'hawser/keys'
 * import { googleKms, kmsSigner } from 'hawser/signers'
 *
 * // Stands in for the service: it has signed "hello" and nothing else. A real one: `fetch: (url, init) => fetch(url,
 * // { ...init, headers: { ...init.headers, authorization: `Bearer ${await token()}` } })`.
 * const name = 'projects/p/locations/global/keyRings/ssh/cryptoKeys/authority/cryptoKeyVersions/1'
 * const body = 'MCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw='
 * const pem = `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`
 * const signature = 'NZoxWSDZVBw8wqHdGDnz5AvyM1ih2TpuvYMDwDEM61Al5nkiKrAWtNgixQAeeH4AwM6qasPG6AJIqUS9RxBPDA=='
 * const fetch = async (url: string, _init: object) =>
 *   url.endsWith(':asymmetricSign')
 *     ? Response.json({ name, signature, signatureCrc32c: '4221760099', verifiedDataCrc32c: true })
 *     : Response.json({ name, pem, pemCrc32c: '419968794', algorithm: 'EC_SIGN_ED25519' })
 *
 * const signer = await kmsSigner({ service: googleKms({ keyVersion: name }), fetch, types: [ed25519] })
 * console.log((await signer.sign(new TextEncoder().encode('hello'))).algorithm) // ssh-ed25519
 * ```
 */
export function googleKms(options: GoogleKmsOptions): KmsService {
  const keyVersion = checkName('keyVersion', options.keyVersion, NAME)
  const url = `${serviceUrl(options.endpoint ?? 'https://cloudkms.googleapis.com')}/v1/${keyVersion}`
  return Object.freeze<KmsService>({
    name: 'Google Cloud KMS',
    form: 'der',
    algorithm(name, hash) {
      const bits = hash?.slice(4)
      if (name === 'ECDSA') return `EC_SIGN_P${bits}_SHA${bits}`
      return bits ? `RSA_SIGN_PKCS1_SHA${bits}` : 'EC_SIGN_ED25519'
    },
    keyRequest: () => ({ method: 'GET', url: `${url}/publicKey`, headers: {} }),
    readKey(answer, options) {
      sameMember(answer, 'name', keyVersion)
      const pem = encodeText(textMember(answer, 'pem'))
      checkSum(answer, 'pemCrc32c', pem)
      const { label, body } = decodeArmor(pem)
      if (label !== 'PUBLIC KEY') throw bad('"pem"', 'a public key')
      const algorithm = textMember(answer, 'algorithm').replace(SIZE, '$1')
      return { publicKey: decodeSpki(body, options), id: keyVersion, algorithms: [algorithm] }
    },
    signRequest({ hash, data }) {
      const value = encodeBase64(data)
      const sum = String(crc32c(data))
      const input = hash
        ? { digest: { [hash.replace('-', '').toLowerCase()]: value }, digestCrc32c: sum }
        : { data: value, dataCrc32c: sum }
      const headers = { 'content-type': 'application/json' }
      return { method: 'POST', url: `${url}:asymmetricSign`, headers, body: JSON.stringify(input) }
    },
    readSignature(answer, { hash }) {
      sameMember(answer, 'name', keyVersion)
      // Whether it compared the checksum of what it was sent.
      sameMember(answer, hash ? 'verifiedDigestCrc32c' : 'verifiedDataCrc32c', true)
      const signature = octetsMember(answer, 'signature')
      checkSum(answer, 'signatureCrc32c', signature)
      return signature
    },
    errorCode: (answer) => member(objectMember(answer, 'error'), 'status'),
    errors: {},
  })
}
