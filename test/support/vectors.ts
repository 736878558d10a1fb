/** The project's own vectors (`test/vectors/make.sh`): the files and what the real tools said of them. */
import { readFileSync } from 'node:fs'
import { hex } from './bytes.ts'

/** A plain key pair, `keys/NAME` and `keys/NAME.pub`. */
export interface KeyVector {
  readonly name: string
  readonly type: string
  readonly bits: number
  readonly title: string
  readonly commentHex: string
  readonly fingerprints: Readonly<Record<'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512', string>>
  readonly randomart: readonly string[]
  readonly randomartMd5: readonly string[]
}

/** An encrypted copy of the key `key`, `encrypted/NAME`. */
export interface EncryptedVector {
  readonly name: string
  readonly key: string
  readonly passphrase: string
  readonly cipher: string
  readonly rounds: number
  readonly saltHex: string
  readonly publicBase64: string
}

/** A certificate, `certs/NAME`, and the text of `ssh-keygen -L` without its first line. */
export interface CertificateVector {
  readonly name: string
  readonly textHex: string
}

/** A signature over `dataHex`: a whole blob, or what openssl wrote, in hexadecimal. */
export interface SignatureVector {
  readonly tool: string
  readonly key: string
  readonly algorithm?: string
  readonly dataHex: string
  readonly blobHex?: string
  readonly rsaHex?: string
  readonly derHex?: string
}

/** All that `manifest.json` holds. */
export interface Manifest {
  readonly keys: readonly KeyVector[]
  readonly encrypted: readonly EncryptedVector[]
  readonly certificates: readonly CertificateVector[]
  readonly signatures: readonly SignatureVector[]
}

const folder = new URL('../vectors/', import.meta.url)

/** A file of the set, as bytes. */
export function vector(path: string): Uint8Array {
  // A plain Uint8Array: a Buffer compares unequal to one, and its slice() aliases.
  return new Uint8Array(readFileSync(new URL(path, folder)))
}

/** A file of the set as text; only for those that are ASCII. */
export function vectorText(path: string): string {
  return new TextDecoder().decode(vector(path))
}

export const manifest: Manifest = JSON.parse(vectorText('manifest.json'))

/** The passphrase of every encrypted key of the set. */
export const passphrase: string = manifest.encrypted[0]!.passphrase

/** The names of the keys of each type that files and certificates are tested with. */
export const oneOfEach: readonly string[] = ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa2048']

/** The key vector of that name. */
export function keyVector(name: string): KeyVector {
  const found = manifest.keys.find((key) => key.name === name)
  if (!found) throw new Error(`no key ${name} in the set`)
  return found
}

/** What `ssh-keygen -L` says of a certificate, line by line as labels and lists. */
export function certificateText(entry: CertificateVector): {
  readonly fields: Readonly<Record<string, string>>
  readonly lists: Readonly<Record<string, readonly string[]>>
} {
  const fields: Record<string, string> = {}
  const lists: Record<string, string[]> = {}
  let list: string[] | undefined
  for (const line of String.fromCharCode(...hex(entry.textHex)).split('\n')) {
    const field = /^ {8}([A-Z][A-Za-z ]+): ?(.*)$/.exec(line)
    const item = /^ {16}(.*)$/.exec(line)
    if (field) {
      fields[field[1]!] = field[2]!
      list = []
      lists[field[1]!] = list
    } else if (item) list?.push(item[1]!)
  }
  return { fields, lists }
}
