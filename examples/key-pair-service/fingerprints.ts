/** One key as the consoles of this world show it; the names of the forms are those of `matchFingerprint`. */

import { encodePrivateKey, encodePublicKey, fingerprint } from 'hawser'
import { md5, sha1, sha256 } from 'hawser/crypto'
import { bubblebabble, type FingerprintForm } from 'hawser/fingerprint'
import { readX509 } from 'hawser/formats'
import { allTypes, type PrivateKey, type PublicKey } from 'hawser/keys'
import { encodeBase64 } from 'hawser/wire'

export type FingerprintForms = Partial<Record<FingerprintForm, string>>

const hex = (bytes: Uint8Array): string => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('')
const colons = (digits: string): string => digits.replace(/..(?=.)/g, '$&:')

/** What the ECS API calls `KeyPairFingerPrint`: MD5 of the key without colons. */
export const ecsFingerprint = (key: PublicKey): string => hex(md5.digest(key.blob))

/** Every form that the key has. EC2's of a key that EC2 made hashes the private half, which is there only once. */
export async function fingerprintForms(
  key: PublicKey,
  { privateKey, file }: { readonly privateKey?: PrivateKey; readonly file?: string } = {},
): Promise<FingerprintForms> {
  const rsa = key.type === 'ssh-rsa'
  const thumbprint = file === undefined ? undefined : thumbprintOf(file)
  // Security keys have no form in X.509, and so none of SPKI.
  const spki = allTypes.some(({ name, asn1 }) => name === key.type && asn1) ? encodePublicKey(key) : undefined
  return {
    'openssh-sha256': fingerprint(key),
    'openssh-md5': fingerprint(key, { hash: 'md5' }),
    'openssh-sha1': fingerprint(key, { hash: 'sha1' }),
    'openssh-sha384': fingerprint(key, { hash: 'sha384' }),
    'openssh-sha512': fingerprint(key, { hash: 'sha512' }),
    bubblebabble: bubblebabble(key, { hash: sha1 }),
    alibaba: ecsFingerprint(key),
    ...(key.type === 'ssh-ed25519' ? { 'aws-ed25519': encodeBase64(sha256.digest(key.blob)) } : {}),
    ...(rsa && spki ? { 'aws-imported': colons(hex(md5.digest(spki))) } : {}),
    ...(rsa && privateKey ? { 'aws-created': await created(privateKey) } : {}),
    ...(spki ? { 'spki-sha256': encodeBase64(sha256.digest(spki)) } : {}),
    ...(thumbprint ? { 'x509-thumbprint': thumbprint } : {}),
  }
}

async function created(key: PrivateKey): Promise<string> {
  const pkcs8 = await encodePrivateKey(key)
  try {
    return colons(hex(sha1.digest(pkcs8)))
  } finally {
    pkcs8.fill(0)
  }
}

/** Of the certificate in which a key came, as Azure shows it; `undefined` where it came in something else. */
function thumbprintOf(file: string): string | undefined {
  if (!file.includes('-----BEGIN CERTIFICATE-----')) return undefined
  return readX509(file, { types: [] }).thumbprint
}
