/**
 * A signer over a key management service that is reached by HTTPS. The service is a value of the caller's
 * (`awsKms`, `azureKeyVault`, `googleKms`, or one of his own), and so is the `fetch`, which authenticates.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import type { AbortSignalLike } from '../crypto/progress.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { cryptoAlgorithm, signatureHash } from '../formats/crypto-algorithm.ts'
import type { Certificate } from '../keys/certificate.ts'
import { needType } from '../keys/key-type.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signer.ts'
import { escapeText } from '../wire/text.ts'
import { type Exchanged, exchange, type Fetch, type KmsAnswer, type KmsRequest } from './exchange.ts'
import { KmsError, type KmsErrorCode } from './kms-error.ts'
import type { KmsService } from './kms-service.ts'
import { digestWith, messageSigner } from './remote.ts'

/** Which key of which service, and how to reach it. */
export interface KmsSignerOptions extends KeyOptions {
  /** The service and the key in it: `awsKms(…)`, `azureKeyVault(…)`, `googleKms(…)`. */
  readonly service: KmsService
  /** Sends what the service is asked, authenticated. The URL and all headers are its to see; nothing is sent otherwise. */
  readonly fetch: Fetch
  /** The public key that it must be; where not given, the one that the service says is taken. */
  readonly publicKey?: PublicKey | undefined
  /**
   * Signature algorithms to make, the preferred one first; those that
   * the service does not make with the key are left out. All that it makes where not given.
   */
  readonly algorithms?: readonly string[] | undefined
  /** Comment of the public key. */
  readonly comment?: string | undefined
  /** The certificate to present with its signatures. */
  readonly certificate?: Certificate | undefined
  /** Ends the question for the public key; each signature has a signal of its own. */
  readonly signal?: AbortSignalLike | undefined
}

const statuses: Readonly<Record<number, KmsErrorCode>> = {
  401: 'signer-denied',
  403: 'signer-denied',
  404: 'signer-not-found',
  429: 'signer-throttled',
}

function refusal({ name, errors, errorCode }: KmsService, { status, answer, retryAfter }: Exchanged): KmsError {
  const said = answer && errorCode(answer)
  const serviceCode = typeof said === 'string' ? escapeText(said, 64) : undefined
  const known = serviceCode !== undefined && Object.hasOwn(errors, serviceCode) ? errors[serviceCode] : undefined
  const redirected = status === 0 || (status >= 300 && status < 400) ? ', a redirect, which is not followed' : ''
  return new KmsError(
    statuses[status] ?? known ?? 'signer-failed',
    `${name}: status ${status}${serviceCode === undefined ? '' : `, ${serviceCode}`}${redirected}`,
    { status, serviceCode, retryAfter },
  )
}

/** Asks a service, and reads a success with `read`; what it cannot read is `KmsError` `signer-failed`. */
async function ask<T>(
  { service, fetch }: Pick<KmsSignerOptions, 'service' | 'fetch'>,
  request: KmsRequest,
  signal: AbortSignalLike | undefined,
  read: (answer: KmsAnswer) => T,
): Promise<T> {
  const exchanged = await exchange(fetch, request, signal)
  const { status, answer } = exchanged
  if (status !== 200) throw refusal(service, exchanged)
  if (!answer) throw new KmsError('signer-failed', `${service.name}: a JSON object expected`, { status })
  try {
    return read(answer)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new KmsError('signer-failed', `${service.name}: an unexpected answer: ${cause.message}`, { status, cause })
  }
}

/**
 * A signer over a key in a key management service. The service is asked for the public key once, here; each signature is
 * one more question, and verified before it is handed out. Nothing is asked twice: whoever wants to try again does so in
 * `fetch`, or when `signer-throttled` says so. Nothing ends by itself either: give a signal, `AbortSignal.timeout(…)` say.
 *
 * Throws, as `sign` does, `KmsError`, which is a `SignerError` (`signer-denied`, `signer-not-found`, `signer-throttled`,
 * `signer-failed`: another key, another algorithm, an answer that is too long or none), `UnsupportedError`
 * (`unsupported-type`, `unsupported-algorithm`: RSA-PSS, curves that SSH has not), `LimitError` for a message that is too
 * long for the service, and the signal's reason.
 *
 * @example
 * ```ts
 * import { SignerError } from 'hawser/errors'
 * import { allTypes } from 'hawser/keys'
 * import { googleKms, KmsError, kmsSigner } from 'hawser/signers'
 *
 * // Stands in for a service that has been asked too often. With an answer to each: awsKms, azureKeyVault, googleKms.
 * const fetch = async (_url: string, _init: object) => new Response('{}', { status: 429, headers: { 'retry-after': '30' } })
 * const keyVersion = 'projects/p/locations/global/keyRings/ssh/cryptoKeys/authority/cryptoKeyVersions/1'
 * try {
 *   const signal = AbortSignal.timeout(10_000)
 *   await kmsSigner({ service: googleKms({ keyVersion }), fetch, types: allTypes, signal })
 * } catch (error) {
 *   console.log(error instanceof SignerError && error.code) // signer-throttled
 *   console.log(error instanceof KmsError && error.retryAfter) // 30
 * }
 * ```
 */
export async function kmsSigner(options: KmsSignerOptions): Promise<Signer> {
  const { service, fetch, types, limits, certificate, publicKey: expected, signal } = options
  const asker = { service, fetch }
  const key = await ask(asker, service.keyRequest(), signal, (answer) => service.readKey(answer, { types, limits }))
  if (expected && !equalBytes(expected.blob, key.publicKey.blob)) {
    throw new KmsError('signer-failed', `${service.name}: it holds another key than the one given`)
  }
  const comment = options.comment ?? expected?.comment ?? ''
  const publicKey: PublicKey = { ...key.publicKey, comment }
  const type = needType(types, publicKey.type)
  const names = new Map<string, string>()
  for (const algorithm of options.algorithms ?? type.algorithms) {
    const { name } = cryptoAlgorithm(type, algorithm) as { readonly name: string }
    const theirs = service.algorithm(name, signatureHash(type, algorithm))
    if (theirs !== undefined && key.algorithms?.includes(theirs) !== false) names.set(algorithm, theirs)
  }
  if (names.size === 0) {
    const made = key.algorithms?.slice(0, 16).map((name) => escapeText(name, 64))
    throw new UnsupportedError(
      'unsupported-algorithm',
      `${service.name}: no signature that is asked for with a ${type.name} key${made ? `; it makes ${made.join(', ')}` : ''}`,
    )
  }
  return messageSigner({
    publicKey,
    types,
    limits,
    algorithms: [...names.keys()],
    form: service.form,
    ...(certificate && { certificate }),
    async signMessage(message, { algorithm, hash, signal }) {
      const data = hash ? digestWith(hash, message) : message
      const signing = { keyId: key.id, algorithm: names.get(algorithm)!, hash, data }
      return ask(asker, service.signRequest(signing), signal, (answer) => service.readSignature(answer, signing))
    },
  })
}
