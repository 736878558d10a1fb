/**
 * AWS Key Management Service: "GetPublicKey", "Sign" and "Common Errors" of its API Reference
 * (https://docs.aws.amazon.com/kms/latest/APIReference/), protocol AWS JSON 1.1.
 *
 * Public keys are SubjectPublicKeyInfo, ECDSA signatures DER. RSA and ECDSA are asked to sign a digest; Ed25519 signs
 * the message (`ED25519_SHA_512` takes `RAW` alone; `ED25519_PH_SHA_512` is another algorithm, which SSH has not).
 */

import { decodeSpki } from '../formats/spki.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import type { KmsRequest } from './exchange.ts'
import { checkName, type KmsService, member, octetsMember, sameMember, serviceUrl, textMember } from './kms-service.ts'

/** Which key of AWS KMS. */
export interface AwsKmsOptions {
  /** Key id, key ARN, alias name (`alias/…`) or alias ARN. */
  readonly keyId: string
  /** Such as `eu-central-1`. */
  readonly region: string
  /** The service's URL where it is not that of the region, as in China, FIPS endpoints, VPC endpoints and emulators. */
  readonly endpoint?: string | undefined
}

/** "Message" of Sign: 4096 octets. */
const MESSAGE_LENGTH = 4096

/** Refusals have status 400 nearly always; the name of the error tells which it is. */
const denied = [
  'AccessDeniedException',
  'NotAuthorized',
  'OptInRequired',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
]

/**
 * A key in AWS KMS, for {@link kmsSigner}: `RSA_2048` to `RSA_4096`, `ECC_NIST_P256`, `_P384`, `_P521` or
 * `ECC_NIST_EDWARDS25519`, for `SIGN_VERIFY`. It takes `kms:GetPublicKey` and `kms:Sign`; `fetch` signs requests with
 * Signature Version 4, as that of the npm package aws4fetch does. Throws `TypeError` for options that are none.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto'
 * import { ecdsaP256 } from 'hawser/keys'
 * import { awsKms, kmsSigner } from 'hawser/signers'
 *
 * // Stands in for the service. A real one: new AwsClient({ accessKeyId, secretAccessKey, service: 'kms' }) of aws4fetch,
 * // and `fetch: (url, init) => aws.fetch(url, init)`.
 * const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
 * const KeyId = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
 * const SigningAlgorithm = 'ECDSA_SHA_256'
 * const message = new TextEncoder().encode('hello')
 * const fetch = async (_url: string, init: { headers: Record<string, string> }) =>
 *   init.headers['x-amz-target'] === 'TrentService.Sign'
 *     ? Response.json({ KeyId, SigningAlgorithm, Signature: sign('sha256', message, privateKey).toString('base64') })
 *     : Response.json({
 *         KeyId,
 *         KeyUsage: 'SIGN_VERIFY',
 *         SigningAlgorithms: [SigningAlgorithm],
 *         PublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
 *       })
 *
 * const service = awsKms({ region: 'eu-central-1', keyId: 'alias/ssh-authority' })
 * const signer = await kmsSigner({ service, fetch, types: [ecdsaP256], comment: 'authority@example' })
 * console.log((await signer.sign(message)).algorithm) // ecdsa-sha2-nistp256
 * ```
 */
export function awsKms(options: AwsKmsOptions): KmsService {
  const region = checkName('region', options.region, /^[a-z\d-]{1,64}$/)
  const keyId = checkName('keyId', options.keyId, /^[\w:/.-]{1,2048}$/)
  const url = `${serviceUrl(options.endpoint ?? `https://kms.${region}.amazonaws.com`)}/`
  const request = (action: string, input: object): KmsRequest => ({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${action}` },
    body: JSON.stringify({ KeyId: keyId, ...input }),
  })
  /** An alias may be of any key; what is named by itself is that key. */
  const isAsked = (arn: string): boolean =>
    arn.startsWith('arn:') &&
    arn.includes(':key/') &&
    (/(^|:)alias\//.test(keyId) || arn === keyId || arn.endsWith(`:key/${keyId}`))
  return Object.freeze<KmsService>({
    name: 'AWS KMS',
    form: 'der',
    algorithm(name, hash) {
      if (!hash) return name === 'Ed25519' ? 'ED25519_SHA_512' : undefined
      return `${name === 'ECDSA' ? name : 'RSASSA_PKCS1_V1_5'}_${hash.replace('-', '_')}`
    },
    keyRequest: () => request('GetPublicKey', {}),
    readKey(answer, options) {
      sameMember(answer, 'KeyUsage', 'SIGN_VERIFY')
      const id = textMember(answer, 'KeyId')
      if (!isAsked(id)) throw bad('"KeyId"', 'the ARN of the key asked for')
      const algorithms = member(answer, 'SigningAlgorithms')
      if (!Array.isArray(algorithms) || !algorithms.every((name) => typeof name === 'string')) {
        throw bad('"SigningAlgorithms"', 'a list of names')
      }
      return { publicKey: decodeSpki(octetsMember(answer, 'PublicKey'), options), id, algorithms }
    },
    signRequest({ algorithm, hash, data }) {
      if (data.length > MESSAGE_LENGTH) throw aboveLimit('a message for AWS KMS', `${MESSAGE_LENGTH} octets`)
      const MessageType = hash ? 'DIGEST' : 'RAW'
      return request('Sign', { Message: encodeBase64(data), MessageType, SigningAlgorithm: algorithm })
    },
    readSignature(answer, { keyId, algorithm }) {
      sameMember(answer, 'KeyId', keyId)
      sameMember(answer, 'SigningAlgorithm', algorithm)
      return octetsMember(answer, 'Signature')
    },
    errorCode(answer) {
      const type = member(answer, '__type')
      // Some have the name of a namespace before them: AWS JSON 1.1, "Operation error serialization".
      return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : type
    },
    errors: {
      ...Object.fromEntries(denied.map((name) => [name, 'signer-denied' as const])),
      NotFoundException: 'signer-not-found',
      ThrottlingException: 'signer-throttled',
    },
  })
}
