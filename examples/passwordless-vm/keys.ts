/** The key pair of a VM, and public keys of others that are handed in: of a type and size that log in today. */

import {
  formatPublicKey,
  generateKey,
  type KeyAlias,
  type PrivateKey,
  type PublicKey,
  parsePublicKey,
  SshError,
} from 'hawser'
import { allTypes, needType, publicComponents } from 'hawser/keys'
import { readKeyFile } from 'hawser/node'
import { Refusal, UsageError } from './refusal.ts'

const RSA_BITS = 2048
const aliases: Readonly<Record<string, KeyAlias>> = {
  rsa: 'rsa',
  ecdsa: 'ecdsa-p256',
  'ecdsa-p256': 'ecdsa-p256',
  'ecdsa-p384': 'ecdsa-p384',
  'ecdsa-p521': 'ecdsa-p521',
  ed25519: 'ed25519',
}
/** Of public keys that are handed in; those of security keys come from others alone. */
const taken = [
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

const weakRsa = (what: string, bits: number): Refusal =>
  new Refusal('weak-key', `${what}: RSA with ${bits} bits is weak; at least ${RSA_BITS}`)

/** Judges what kind of key is asked for, before one is made. Throws `UsageError`, `Refusal` `weak-key`. */
export function keyKind(type: string, bits: number | undefined): { readonly alias: KeyAlias; readonly bits?: number } {
  if (/^(dsa|ssh-dss)$/.test(type)) throw new Refusal('weak-key', '--type: DSA is weak, and OpenSSH 10 has it no more')
  const alias = Object.hasOwn(aliases, type) ? aliases[type] : undefined
  if (alias === undefined) throw new UsageError(`--type: ${Object.keys(aliases).join(', ')} expected`)
  if (alias !== 'rsa') {
    if (bits !== undefined) throw new UsageError('--bits: of RSA alone')
    return { alias }
  }
  if (bits !== undefined && bits < RSA_BITS) throw weakRsa('--bits', bits)
  if (bits !== undefined && bits % 8 !== 0) throw new UsageError('--bits: a multiple of 8 expected')
  return { alias, bits: bits ?? RSA_BITS }
}

export const makeKey = (kind: ReturnType<typeof keyKind>, comment: string): Promise<PrivateKey> =>
  generateKey(kind.alias, { bits: kind.bits, comment })

/** The line of a public key without its line feed. */
export const lineOf = (key: PublicKey): string => formatPublicKey(key).trim()

/** Reads the file of a public key. Throws `Refusal` with the library's code, `unsupported-type`, `weak-key`, `bad-comment`. */
export async function readPublicKey(path: string): Promise<PublicKey> {
  const key = await refusing(`--add-key ${path}`, async () => parsePublicKey(await readKeyFile(path)))
  if (key.type === 'ssh-dss') throw new Refusal('weak-key', `--add-key ${path}: DSA is weak`)
  if (!taken.includes(key.type)) {
    throw new Refusal('unsupported-type', `--add-key ${path}: keys of this type do not log in`)
  }
  if (key.type === 'ssh-rsa') {
    const type = needType(allTypes, key.type)
    const bits = type.bits(publicComponents(key, type))
    if (bits < RSA_BITS) throw weakRsa(`--add-key ${path}`, bits)
  }
  if (key.comment.length > 128 || /\p{C}/u.test(key.comment)) {
    throw new Refusal('bad-comment', `--add-key ${path}: a comment of at most 128 printable characters expected`)
  }
  return key
}

/** The passphrase in a file that nobody but its owner may open, as octets; the caller wipes them. Throws `Refusal`. */
export async function readPassphrase(path: string): Promise<Uint8Array> {
  const octets = await refusing('--passphrase-file', () => readKeyFile(path, { strict: true, limit: 1024 }))
  const ends = octets.findIndex((octet) => octet === 0x0a || octet === 0x0d)
  const passphrase = octets.slice(0, ends < 0 ? undefined : ends)
  const more = ends >= 0 && octets.subarray(ends).some((octet) => octet !== 0x0a && octet !== 0x0d)
  octets.fill(0)
  if (passphrase.length > 0 && !more) return passphrase
  passphrase.fill(0)
  throw new Refusal('bad-passphrase', '--passphrase-file: one line that is not empty expected')
}

async function refusing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SshError)) throw error
    throw new Refusal(error.code, `${what}: ${error.message} (${error.code})`)
  }
}
