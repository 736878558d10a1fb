/**
 * A server on loopback that speaks as AWS KMS, Azure Key Vault and Google Cloud KMS do, and really signs. It is written
 * from the services' documentation, apart from what it tests: digests of RSA are signed by node:crypto, those of ECDSA by
 * noble (node:crypto signs no digests with it), messages by node:crypto; its CRC-32C goes by a table.
 */

import { constants, createPrivateKey, createPublicKey, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { vectorText } from './vectors.ts'

/** Names of the keys: those of the X.509 set. */
export type KmsKeyName = 'rsa' | 'p256' | 'p384' | 'p521' | 'ed25519'

/** What was asked. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** What is answered. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: an answer in JSON, which tests damage member by member
  readonly body: any
}

export interface KmsServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly asked: Asked[]
  /** The key behind every name, whichever service is asked. */
  key: KeyObject
  /** Google's name for what the key's version makes. */
  googleAlgorithm: string
  /** Whether whoever asks may. */
  allow: (asked: Asked) => boolean
  /** Damages an answer, or answers itself. */
  tamper: (reply: Reply, asked: Asked, response: ServerResponse) => Reply | undefined
  close(): Promise<void>
}

export const awsKeyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
export const awsArn = `arn:aws:kms:eu-central-1:111122223333:key/${awsKeyId}`
export const awsAlias = 'alias/ssh-authority'
export const azureKeyName = 'ssh-Authority'
export const azureVersion = '9885aa558e8d448789683188f8c194b0'
export const googleKeyVersion =
  'projects/example.com:p-1/locations/europe-west3/keyRings/ssh/cryptoKeys/authority/cryptoKeyVersions/12'

export function heldKey(name: KmsKeyName): KeyObject {
  return createPrivateKey(vectorText(`x509/${name}.key`))
}

const curves = { prime256v1: p256, secp384r1: p384, secp521r1: p521 }
const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 512 }
const digestInfo: Readonly<Record<number, string>> = {
  32: '3031300d060960864801650304020105000420',
  48: '3041300d060960864801650304020205000430',
  64: '3051300d060960864801650304020305000440',
}

function curveOf(key: KeyObject): keyof typeof curves {
  return key.asymmetricKeyDetails!.namedCurve as keyof typeof curves
}

/** RFC 8017 section 8.2.1, and ECDSA in DER or as r and s. */
function signDigest(key: KeyObject, digest: Buffer, form: 'der' | 'compact'): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    const info = Buffer.concat([Buffer.from(digestInfo[digest.length]!, 'hex'), digest])
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
  }
  const secret = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url')
  return Buffer.from(curves[curveOf(key)].sign(digest, secret, { prehash: false, lowS: false, format: form }))
}

const table = Array.from({ length: 256 }, (_, octet) => {
  let row = octet
  for (let bit = 0; bit < 8; bit++) row = row & 1 ? (row >>> 1) ^ 0x82f63b78 : row >>> 1
  return row >>> 0
})

/** What signs messages as a whole signs them so. Another key in its place signs something else, in every runtime. */
function signMessage(key: KeyObject, message: Buffer): Buffer {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha512', message, key)
}

/** CRC-32C as the text of a decimal number. */
export function castagnoli(bytes: Uint8Array): string {
  const sum = bytes.reduce((crc, octet) => (table[(crc ^ octet) & 255]! ^ (crc >>> 8)) >>> 0, 0xffffffff)
  return String((sum ^ 0xffffffff) >>> 0)
}

const awsError = (type: string, status = 400): Reply => ({
  status,
  body: { __type: type, message: 'User: arn:aws:iam::111122223333:user/secret-person' },
})

function awsAlgorithms(key: KeyObject): string[] {
  const rsa = ['PSS', 'PKCS1_V1_5'].flatMap((name) => [256, 384, 512].map((bits) => `RSASSA_${name}_SHA_${bits}`))
  if (key.asymmetricKeyType === 'rsa') return rsa
  if (key.asymmetricKeyType === 'ed25519') return ['ED25519_PH_SHA_512', 'ED25519_SHA_512']
  return [`ECDSA_SHA_${curveBits[curveOf(key)]}`]
}

function aws(key: KeyObject, { method, path, headers, body }: Asked): Reply {
  if (method !== 'POST' || path !== '/' || headers['content-type'] !== 'application/x-amz-json-1.1') {
    return awsError('UnknownOperationException', 404)
  }
  const input = JSON.parse(body)
  if (![awsKeyId, awsArn, awsAlias].includes(input.KeyId)) return awsError('NotFoundException')
  if (headers['x-amz-target'] === 'TrentService.GetPublicKey') {
    const PublicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
    const SigningAlgorithms = awsAlgorithms(key)
    return { status: 200, body: { KeyId: awsArn, KeyUsage: 'SIGN_VERIFY', PublicKey, SigningAlgorithms } }
  }
  const { Message, MessageType, SigningAlgorithm } = input
  const data = Buffer.from(Message, 'base64')
  if (headers['x-amz-target'] !== 'TrentService.Sign') return awsError('UnknownOperationException')
  if (!awsAlgorithms(key).includes(SigningAlgorithm)) return awsError('InvalidKeyUsageException')
  if (data.length === 0 || data.length > 4096) return awsError('ValidationException')
  const isRaw = SigningAlgorithm === 'ED25519_SHA_512'
  const length = Number(SigningAlgorithm.slice(-3)) / 8
  if (MessageType !== (isRaw ? 'RAW' : 'DIGEST') || (!isRaw && data.length !== length)) {
    return awsError('com.amazonaws.kms#ValidationException')
  }
  const signature = isRaw ? signMessage(key, data) : signDigest(key, data, 'der')
  return { status: 200, body: { KeyId: awsArn, Signature: signature.toString('base64'), SigningAlgorithm } }
}

const azureError = (status: number, code: string, inner?: string): Reply => ({
  status,
  body: { error: { code, message: 'Caller: appid=secret-person', ...(inner && { innererror: { code: inner } }) } },
})

function azure(key: KeyObject, url: string, { method, path, headers, body }: Asked): Reply {
  const [, name, version, operation] = /^\/keys\/([^/]+)\/([^/]*)(\/sign)?\?api-version=7\.4$/.exec(path) ?? []
  if (name?.toLowerCase() !== azureKeyName.toLowerCase() || !['', azureVersion].includes(version!)) {
    return azureError(404, 'KeyNotFound')
  }
  const kid = `${url}/keys/${azureKeyName}/${azureVersion}`
  if (method === 'GET' && !operation) {
    const jwk = createPublicKey(key).export({ format: 'jwk' })
    const attributes = { enabled: true, created: 1493942451, recoveryLevel: 'Recoverable+Purgeable' }
    const shown = { ...jwk, kid, kty: `${jwk.kty}-HSM`, key_ops: ['sign', 'verify'] }
    return { status: 200, body: { key: shown, attributes, tags: { purpose: 'unit test' } } }
  }
  if (method !== 'POST' || headers['content-type'] !== 'application/json') return azureError(415, 'BadParameter')
  const { alg, value } = JSON.parse(body)
  const digest = Buffer.from(value, 'base64url')
  const isRsa = key.asymmetricKeyType === 'rsa'
  const algorithms = isRsa ? ['RS256', 'RS384', 'RS512'] : [`ES${curveBits[curveOf(key)]}`]
  if (!algorithms.includes(alg) || digest.length !== Number(alg.slice(2)) / 8) return azureError(400, 'BadParameter')
  return { status: 200, body: { kid, value: signDigest(key, digest, 'compact').toString('base64url') } }
}

function googleAlgorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return `RSA_SIGN_PKCS1_${key.asymmetricKeyDetails!.modulusLength}_SHA256`
  if (key.asymmetricKeyType === 'ed25519') return 'EC_SIGN_ED25519'
  return `EC_SIGN_P${curveBits[curveOf(key)]}_SHA${curveBits[curveOf(key)]}`
}

const googleError = (code: number, status: string): Reply => ({
  status: code,
  body: { error: { code, message: "Permission denied on 'secret-person'", status } },
})

function google(key: KeyObject, algorithm: string, { method, path, headers, body }: Asked): Reply {
  const base = `/v1/${googleKeyVersion}`
  if (method === 'GET' && path === `${base}/publicKey`) {
    const pem = createPublicKey(key).export({ format: 'pem', type: 'spki' }) as string
    const pemCrc32c = castagnoli(Buffer.from(pem))
    return { status: 200, body: { pem, algorithm, pemCrc32c, name: googleKeyVersion, protectionLevel: 'HSM' } }
  }
  if (method !== 'POST' || path !== `${base}:asymmetricSign`) return googleError(404, 'NOT_FOUND')
  if (headers['content-type'] !== 'application/json') return googleError(400, 'INVALID_ARGUMENT')
  const { digest, digestCrc32c, data, dataCrc32c } = JSON.parse(body)
  const isPure = algorithm === 'EC_SIGN_ED25519'
  const hash = `sha${algorithm.slice(-3)}`
  const input = Buffer.from((isPure ? data : digest?.[hash]) ?? '', 'base64')
  if (input.length === 0 || (isPure ? dataCrc32c : digestCrc32c) !== castagnoli(input)) {
    return googleError(400, 'INVALID_ARGUMENT')
  }
  if ((isPure ? digest : data) !== undefined) return googleError(400, 'INVALID_ARGUMENT')
  const signature = isPure ? signMessage(key, input) : signDigest(key, input, 'der')
  return {
    status: 200,
    body: {
      signature: signature.toString('base64'),
      signatureCrc32c: castagnoli(signature),
      [isPure ? 'verifiedDataCrc32c' : 'verifiedDigestCrc32c']: true,
      name: googleKeyVersion,
      protectionLevel: 'HSM',
    },
  }
}

/** Starts one that holds that key. */
export async function startKms(key: KeyObject): Promise<KmsServer> {
  const asked: Asked[] = []
  const answer = (request: Asked): Reply => {
    try {
      return answerOf(request)
    } catch (error) {
      // A fault of this file is an answer as well, and no test waits for one that never comes.
      return { status: 500, body: { fault: String(error) } }
    }
  }
  const answerOf = (request: Asked): Reply => {
    const { path } = request
    if (!state.allow(request)) {
      if (path.startsWith('/keys/')) return azureError(401, 'Unauthorized', 'AKV10032')
      return path.startsWith('/v1/') ? googleError(401, 'UNAUTHENTICATED') : awsError('UnrecognizedClientException')
    }
    if (path.startsWith('/keys/')) return azure(state.key, state.url, request)
    if (path.startsWith('/v1/')) return google(state.key, state.googleAlgorithm, request)
    return aws(state.key, request)
  }
  const server = createServer((message, response) => {
    const pieces: Buffer[] = []
    message.on('data', (piece: Buffer) => pieces.push(piece))
    message.on('end', () => {
      const { method = '', url = '', headers } = message
      const request = { method, path: url, headers, body: Buffer.concat(pieces).toString() }
      asked.push(request)
      const reply = state.tamper(answer(request), request, response)
      if (!reply) return
      const isText = typeof reply.body === 'string' || reply.body instanceof Uint8Array
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(isText ? reply.body : JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const state: KmsServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    key,
    googleAlgorithm: googleAlgorithmOf(key),
    allow: () => true,
    tamper: (reply) => reply,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
  return state
}
