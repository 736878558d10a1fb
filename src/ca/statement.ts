/**
 * What a client signs to ask an authority for a certificate: who asks is proved by a token, that the key is theirs by
 * this. The statement is JSON text; the authority verifies the octets that it received and reads them afterwards. The
 * key to certify is the one that the SSHSIG holds, so that there is no second copy of it that could differ.
 */

import { sha256 } from '../crypto/hash.ts'
import { draw, type Random } from '../crypto/random.ts'
import { AuthorityError, SshError } from '../errors.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signer.ts'
import { verifySignature } from '../keys/verify.ts'
import { signMessage } from '../sshsig/sign.ts'
import { messageHash, parseSshsig, type Sshsig, signedData } from '../sshsig/sshsig.ts'
import { encodeBase64Url } from '../wire/base64url.ts'
import { encodeText, escapeText } from '../wire/text.ts'
import { ASKED_NAMES, badRequest, NAME_LENGTH, parseFlatObject } from './protocol.ts'

/** Namespace of the SSHSIG, so that no signature over a file or a commit can be taken for a request. */
export const NAMESPACE = 'hawser-ca'

/** What is asked for. What is not said is up to the policy. */
export interface Ask {
  readonly kind: 'user' | 'host'
  /** User certificates: accounts on the hosts, such as `deploy`. */
  readonly accounts?: readonly string[] | undefined
  /** User certificates: groups of hosts, such as `web`. Host certificates: the names of the host. */
  readonly hosts?: readonly string[] | undefined
  /** Seconds. */
  readonly lifetime?: number | undefined
}

/** What is signed: what is asked, of whom, when, and on which token. */
export interface Statement extends Ask {
  /** The URL that it is sent to. */
  readonly url: string
  /** Unix seconds. */
  readonly time: number
  /** SHA-256 of the token's octets, base64url. */
  readonly token: string
  /** 16 random octets, base64url: two requests of one second are two. */
  readonly nonce: string
}

/** A request on its way: JSON of this is the body. */
export interface SignedStatement {
  /** The JSON text that is signed. */
  readonly statement: string
  /** Armored SSHSIG by the key to certify. */
  readonly signature: string
}

/**
 * The hash by which a statement names a token: SHA-256 of its octets, 43 characters of base64url.
 * Throws `FormatError` `bad-encoding` for text that stands for no octets.
 *
 * @example
 * ```ts
 * import { tokenHash } from 'hawser/ca'
 *
 * console.log(tokenHash('a-token')) // H2B246R7od7QgCX_4G5XryF8FPlAfzP7pQ-ZsccBk4c
 * ```
 */
export function tokenHash(token: string): string {
  return encodeBase64Url(sha256.digest(encodeText(token)))
}

/** What {@link signStatement} needs besides what is asked. */
export interface SignStatementOptions {
  readonly url: string
  readonly token: string
  /** Unix seconds. */
  readonly time: number
  readonly random?: Random | undefined
}

/**
 * Signs a request by the key that is to be certified. Throws what the signer throws, `FormatError` `bad-encoding` for
 * text that stands for no octets, `UnsupportedError` `no-random`.
 *
 * @example
 * ```ts
 * import { signStatement } from 'hawser/ca'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const signer = await generatePrivateKey(ed25519)
 * const request = { url: 'https://ssh.example.com/v1/host', token: 'a-token', time: Math.floor(Date.now() / 1000) }
 * const signed = await signStatement(signer, { kind: 'host', hosts: ['db1.example.com'] }, request)
 * console.log(JSON.stringify(signed)) // {"statement":"{…}","signature":"-----BEGIN SSH SIGNATURE-----…"}
 * ```
 */
export async function signStatement(signer: Signer, ask: Ask, options: SignStatementOptions): Promise<SignedStatement> {
  const { kind, accounts, hosts, lifetime } = ask
  const { url, token, time } = options
  const nonce = encodeBase64Url(draw(options.random, 16))
  const all: Statement = { url, time, token: tokenHash(token), nonce, kind, accounts, hosts, lifetime }
  const statement = JSON.stringify(all)
  return { statement, signature: await signMessage(encodeText(statement), signer, { namespace: NAMESPACE }) }
}

/** What a request proved. */
export interface ProvedStatement {
  readonly statement: Statement
  /** The key to certify: the one that signed. */
  readonly publicKey: PublicKey
  /** Whether a security key said that it was touched. */
  readonly touched: boolean
}

/** `AuthorityError` `bad-proof`. */
function badProof(message: string, cause?: unknown): AuthorityError {
  return new AuthorityError('bad-proof', message, { cause })
}

/** The SSHSIG, of a plain key and for this namespace. */
function readProof(signature: string, options: KeyOptions): Sshsig {
  const read = parseSshsig(signature, options)
  // The subject is a plain key: what a certificate says of it is another authority's word.
  if (read.certificate) throw badProof('signature: made under a plain key expected, not under a certificate')
  if (read.namespace !== NAMESPACE) {
    throw badProof(`signature: made for "${escapeText(read.namespace, 64)}", not for "${NAMESPACE}"`)
  }
  return read
}

/**
 * Verifies that the key in the signature signed those octets, then reads them. Nothing of time, token or URL is judged
 * here. Throws `AuthorityError` (`bad-proof`, `bad-request`).
 *
 * @example
 * ```ts
 * import { openStatement, signStatement, tokenHash } from 'hawser/ca'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const signer = await generatePrivateKey(ed25519)
 * const request = { url: 'https://ssh.example.com/v1/user', token: 'a-token', time: Math.floor(Date.now() / 1000) }
 * const signed = await signStatement(signer, { kind: 'user', accounts: ['deploy'] }, request)
 * const { statement, publicKey } = await openStatement(signed, { types: [ed25519] })
 * console.log(statement.accounts, publicKey.type) // [ 'deploy' ] ssh-ed25519
 * console.log(statement.token === tokenHash('a-token')) // true
 * ```
 */
export async function openStatement(
  { statement, signature }: SignedStatement,
  options: KeyOptions,
): Promise<ProvedStatement> {
  // Lone surrogates would be other octets in other hands, see `encodeText`.
  if (/[\ud800-\udfff]/u.test(statement)) throw badRequest('statement: Unicode text expected')
  try {
    const { types, limits } = options
    const { publicKey, namespace, hash, signature: inner } = readProof(signature, options)
    const data = signedData(namespace, hash, messageHash(hash).digest(encodeText(statement)))
    const facts = await verifySignature(publicKey, inner, data, { types, limits, touchRequired: false })
    // What a browser signs for a page is for that page, whatever else stands in it.
    if (facts.origin !== undefined) throw badProof('signature: made for a web page')
    return { statement: readStatement(statement), publicKey, touched: facts.userPresent === true }
  } catch (error) {
    if (error instanceof AuthorityError || !(error instanceof SshError)) throw error
    throw badProof(`signature: ${error.message}`, error)
  }
}

/** Whole numbers from `least` on, as far as JSON carries them. */
function readWhole(value: unknown, what: string, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw badRequest(`${what}: a whole number from ${least} on expected`)
}

function readText(value: unknown, what: string, form: RegExp): string {
  if (typeof value === 'string' && form.test(value)) return value
  throw badRequest(`${what}: text of its form expected`)
}

function readNames(value: unknown, what: string): readonly string[] | undefined {
  if (value === undefined) return undefined
  const isName = (name: unknown) => typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH
  if (!Array.isArray(value) || value.length === 0 || value.length > ASKED_NAMES || !value.every(isName)) {
    throw badRequest(`${what}: a list of 1 to ${ASKED_NAMES} names expected`)
  }
  return [...new Set<string>(value)]
}

const members: readonly (keyof Statement)[] = ['url', 'time', 'token', 'nonce', 'kind', 'accounts', 'hosts', 'lifetime']

/** What the text says, its members of the right shapes. Throws `AuthorityError` `bad-request`. */
function readStatement(text: string): Statement {
  const { url, time, token, nonce, kind, accounts, hosts, lifetime } = parseFlatObject(text, 'statement', members)
  if (kind !== 'user' && kind !== 'host') throw badRequest('kind: "user" or "host" expected')
  if (kind === 'host' && accounts !== undefined) throw badRequest('accounts: none expected for a host')
  return {
    url: readText(url, 'url', /^[!-~]{1,2048}$/),
    time: readWhole(time, 'time', 0),
    token: readText(token, 'token', /^[\w-]{43}$/),
    // The last of the characters has but two bits.
    nonce: readText(nonce, 'nonce', /^[\w-]{21}[AQgw]$/),
    kind,
    accounts: readNames(accounts, 'accounts'),
    hosts: readNames(hosts, 'hosts'),
    lifetime: lifetime === undefined ? undefined : readWhole(lifetime, 'lifetime', 1),
  }
}
