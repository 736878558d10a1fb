/**
 * Azure Key Vault and Managed HSM: "Get Key" and "Sign" of the Key Vault REST API reference, version 7.4
 * (https://learn.microsoft.com/rest/api/keyvault/keys/), "Azure Key Vault REST API error codes".
 *
 * Public keys are JWKs (RFC 7517) whose `kty` ends with `-HSM` where hardware holds them; values are base64url, ECDSA
 * signatures r and s one after the other (RFC 7518 section 3.4). It signs digests alone, and has no Ed25519.
 */

import { jwkPublic } from '../formats/jwk.ts'
import { Source } from '../formats/source.ts'
import { decodeBase64Url, encodeBase64Url } from '../wire/base64url.ts'
import { bad } from '../wire/expect.ts'
import { checkName, type KmsService, member, objectMember, serviceUrl, textMember } from './kms-service.ts'

/** Which key of Azure Key Vault. */
export interface AzureKeyVaultOptions {
  /** Such as `https://myvault.vault.azure.net` or `https://myhsm.managedhsm.azure.net`. */
  readonly vaultUrl: string
  readonly keyName: string
  /** The newest version at the moment of asking where not given; the signer then stays with that. */
  readonly keyVersion?: string | undefined
}

const VERSION = '?api-version=7.4'

/** By the bits of the hash: what RFC 7518 section 3.1 puts behind RS and ES, and the octets of r and s. */
const bits: Readonly<Record<string, string>> = { 'SHA-256': '256', 'SHA-384': '384', 'SHA-512': '512' }
const lengths: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 }

/**
 * A key in Azure Key Vault, for {@link kmsSigner}: RSA, or EC on P-256, P-384 or P-521, in software or hardware. It takes
 * the permissions `keys/get` and `keys/sign`; `fetch` adds a bearer token. Throws `TypeError` for options that are none.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto'
 * import { ecdsaP256 } from 'hawser/keys'
 * import { azureKeyVault, kmsSigner } from 'hawser/signers'
 *
 * // Stands in for the service. A real one: `fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers,
 * // authorization: `Bearer ${await token()}` } })`.
 * const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
 * const kid = 'https://myvault.vault.azure.net/keys/ssh-authority/9885aa558e8d448789683188f8c194b0'
 * const message = new TextEncoder().encode('hello')
 * const fetch = async (_url: string, init: { method: string }) =>
 *   init.method === 'POST'
 *     ? Response.json({
 *         kid,
 *         value: sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
 *       })
 *     : Response.json({ key: { ...publicKey.export({ format: 'jwk' }), kid, kty: 'EC-HSM', key_ops: ['sign'] } })
 *
 * const service = azureKeyVault({ vaultUrl: 'https://myvault.vault.azure.net', keyName: 'ssh-authority' })
 * const signer = await kmsSigner({ service, fetch, types: [ecdsaP256], comment: 'authority@example' })
 * console.log((await signer.sign(message)).algorithm) // ecdsa-sha2-nistp256
 * ```
 */
export function azureKeyVault(options: AzureKeyVaultOptions): KmsService {
  const keyName = checkName('keyName', options.keyName, /^[\dA-Za-z-]{1,127}$/)
  const keyVersion = options.keyVersion && checkName('keyVersion', options.keyVersion, /^[\dA-Za-z]{1,64}$/)
  const key = `${serviceUrl(options.vaultUrl)}/keys/${keyName}`
  /** The version in the identifier of the key asked for; names of hosts and keys are the same in either case. */
  const versionOf = (kid: string): string => {
    const [version = '', ...more] = kid.slice(key.length + 1).split('/')
    const isOurs = kid.toLowerCase().startsWith(`${key.toLowerCase()}/`) && /^[\dA-Za-z]{1,64}$/.test(version)
    if (!isOurs || more.length > 0 || (keyVersion && version.toLowerCase() !== keyVersion.toLowerCase())) {
      throw bad('"kid"', 'the identifier of the key asked for')
    }
    return version
  }
  return Object.freeze<KmsService>({
    name: 'Azure Key Vault',
    form: 'raw',
    algorithm: (name, hash) => (hash && bits[hash] ? `${name === 'ECDSA' ? 'ES' : 'RS'}${bits[hash]}` : undefined),
    keyRequest: () => ({ method: 'GET', url: `${key}/${keyVersion ?? ''}${VERSION}`, headers: {} }),
    readKey(answer, options) {
      const jwk = objectMember(answer, 'key')
      const id = versionOf(textMember(jwk, 'kid'))
      const operations = member(jwk, 'key_ops')
      if (operations !== undefined && !(Array.isArray(operations) && operations.includes('sign'))) {
        throw bad('"key_ops"', '"sign"')
      }
      const kty = textMember(jwk, 'kty').replace(/-HSM$/, '')
      const { n, e, crv, x, y } = jwk
      const source = new Source({ kty, n, e, crv, x, y }, options.limits)
      return { publicKey: jwkPublic.parse(source, options), id, algorithms: undefined }
    },
    signRequest: ({ keyId, algorithm, data }) => ({
      method: 'POST',
      url: `${key}/${keyId}/sign${VERSION}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ alg: algorithm, value: encodeBase64Url(data) }),
    }),
    readSignature(answer, { keyId, algorithm }) {
      if (versionOf(textMember(answer, 'kid')) !== keyId) throw bad('"kid"', 'the version asked for')
      const value = decodeBase64Url(textMember(answer, 'value'), '"value"')
      const length = lengths[algorithm] ?? value.length
      if (value.length !== length) throw bad('"value"', `r and s in ${length} octets`)
      return value
    },
    errorCode: (answer) => {
      const error = objectMember(answer, 'error')
      return member(objectMember(error, 'innererror'), 'code') ?? member(error, 'code')
    },
    errors: {},
  })
}
