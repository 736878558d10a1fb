/**
 * Signed calls as the RPC style of Alibaba Cloud has them, SignatureVersion 1.0: HMAC-SHA1 under the secret and `&`, over
 * the method, the path `/` and all parameters but the signature, sorted and percent-encoded (RFC 3986).
 */

import { equalBytes } from 'hawser/crypto'
import { encodeBase64, encodeText } from 'hawser/wire'
import { ApiError } from './api-error.ts'

/** Each name once. */
export type Parameters = ReadonlyMap<string, string>

/** A call whose signature may be checked. */
export interface Signed {
  readonly accessKeyId: string
  readonly nonce: string
  /** Until when the same call would be taken again, in milliseconds since 1970. */
  readonly until: number
}

const WINDOW = 15 * 60_000

/** Only letters, digits and `-_.~` stand for themselves. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** `GET&%2F&…` */
export function stringToSign(method: string, parameters: Parameters): string {
  const pairs = [...parameters]
    .filter(([name]) => name !== 'Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    // By octets, as the encoded names are ASCII.
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${method}&%2F&${encode(pairs.map((pair) => pair.join('=')).join('&'))}`
}

/** HMAC by WebCrypto. */
export async function hmac(hash: 'SHA-1' | 'SHA-256', secret: string, data: string): Promise<Uint8Array> {
  const bytes = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(encodeText(value))
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(data)))
}

/** What `Signature` must be. */
export async function signatureOf(method: string, parameters: Parameters, secret: string): Promise<string> {
  return encodeBase64(await hmac('SHA-1', `${secret}&`, stringToSign(method, parameters)))
}

/** The parameters with all that a signed call needs. */
export async function sign(
  method: string,
  parameters: Parameters,
  { id, secret }: { readonly id: string; readonly secret: string },
  now: number = Date.now(),
): Promise<URLSearchParams> {
  const all = new Map([
    ['Format', 'JSON'],
    ['Version', '2014-05-26'],
    ...parameters,
    ['AccessKeyId', id],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureVersion', '1.0'],
    ['SignatureNonce', crypto.randomUUID()],
    ['Timestamp', new Date(now).toISOString().replace(/\.\d+/, '')],
  ])
  all.set('Signature', await signatureOf(method, all, secret))
  return new URLSearchParams([...all])
}

/** Says how a call is signed, before any secret is looked up. Throws `ApiError`. */
export function readSigned(parameters: Parameters, now: number): Signed {
  const need = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined || value === '') throw new ApiError('MissingParameter', `${name} is missing.`)
    return value
  }
  const accessKeyId = need('AccessKeyId')
  need('Signature')
  const nonce = need('SignatureNonce')
  if (nonce.length > 128) throw new ApiError('InvalidParameter', 'SignatureNonce: at most 128 characters.')
  for (const [name, expected] of [
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureVersion', '1.0'],
  ] as const) {
    if (need(name) !== expected) throw new ApiError('InvalidParameter', `${name}: ${expected} expected.`)
  }
  const stamp = need('Timestamp')
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(stamp) ? Date.parse(stamp) : Number.NaN
  if (Number.isNaN(time)) throw new ApiError('InvalidTimeStamp.Format')
  if (Math.abs(now - time) > WINDOW) throw new ApiError('InvalidTimeStamp.Expired')
  return { accessKeyId, nonce, until: time + WINDOW }
}

/** Throws `ApiError` `SignatureDoesNotMatch`; the time it takes tells nothing of what was expected. */
export async function checkSignature(method: string, parameters: Parameters, secret: string): Promise<void> {
  const expected = encodeText(await signatureOf(method, parameters, secret))
  if (!equalBytes(encodeText(parameters.get('Signature') ?? ''), expected)) throw new ApiError('SignatureDoesNotMatch')
}
