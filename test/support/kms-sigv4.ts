/** AWS Signature Version 4 as a service checks it ("Create a signed AWS API request", IAM User Guide), by node:crypto. */

import { createHash, createHmac } from 'node:crypto'
import type { Asked } from './kms-server.ts'

/** Who may ask, and for what. */
export interface AwsCaller {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly region: string
  readonly service: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Whether a request to a path without a query is signed by that caller, not longer ago than five minutes. */
export function isSignedV4({ method, path, headers, body }: Asked, caller: AwsCaller, now = Date.now()): boolean {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([\da-f]{64})$/
  const [, credential, names = '', signature] = pattern.exec(headers.authorization ?? '') ?? []
  const date = String(headers['x-amz-date'])
  const scope = `${date.slice(0, 8)}/${caller.region}/${caller.service}/aws4_request`
  if (credential !== `${caller.accessKeyId}/${scope}` || headers['x-amz-security-token'] !== caller.sessionToken) {
    return false
  }
  const signed = names.split(';')
  // What decides must be signed: which operation, where, when, for whom.
  const decides = ['host', 'x-amz-date', 'x-amz-target', 'x-amz-security-token']
  if (!decides.every((name) => signed.includes(name)) || signed.toSorted().join(';') !== names) return false
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(now - time) < 300_000)) return false
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`).join('')
  const request = [method, path, '', lines, names, sha256(body)].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n')
  const parts = [date.slice(0, 8), caller.region, caller.service, 'aws4_request']
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${caller.secretAccessKey}`)
  return hmac(key, text).toString('hex') === signature
}
