/**
 * The text of PuTTY's private key files, versions 2 and 3: PuTTY manual, appendix C, sections C.1 to C.3 (and sshpubk.c
 * for what it leaves open). Read as octets: the private part does not become a string.
 *
 * Tolerances: LF as well as CRLF (puttygen on Unix writes LF), a byte order mark, text in front, indentation.
 */

import { type Argon2Parameters, checkArgon2 } from '../crypto/argon2.ts'
import { FormatError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { base64Lines } from '../wire/armor.ts'
import { decodeBase64 } from '../wire/base64.ts'
import { bad, notKnown, otherHalf, trailing } from '../wire/expect.ts'
import { decodeHex, encodeHex } from '../wire/hex.ts'
import { findLine, isSpace, lineAt, startsWithAt } from '../wire/lines.ts'
import { blobType } from '../wire/public-line.ts'
import { latin1 } from '../wire/text.ts'

const MARK = 'PuTTY-User-Key-File-'
/** Characters of base64 on a line; PuTTY refuses more (sshpubk.c `read_blob`). */
const WIDTH = 64

/** The cipher of encrypted files; there is one. */
export const PPK_CIPHER = 'aes256-cbc'

/** The part of a file that names the key and holds its public half. */
export interface PpkHead {
  readonly version: 2 | 3
  /** The key type, or the certificate type where the public half is a certificate. */
  readonly algorithm: string
  readonly encrypted: boolean
  readonly comment: Uint8Array
  readonly publicBlob: Uint8Array
}

/** A whole file, nothing of it decrypted. */
export interface PpkFile extends PpkHead {
  /** Of encrypted files of version 3. */
  readonly argon2: Argon2Parameters | undefined
  readonly privateBlob: Uint8Array
  readonly mac: Uint8Array
}

/** Where the line with the mark begins, and the first character of the version that it claims. */
function findMark(bytes: Uint8Array): { readonly at: number; readonly version: string } | undefined {
  return findLine(bytes, ({ start, from, end }) => {
    if (!startsWithAt(bytes, MARK, from)) return undefined
    const version = from + MARK.length
    return { at: start, version: String.fromCharCode(version < end ? bytes[version]! : 0) }
  })
}

/** The version that a file claims (its first character), or `undefined` where it is no file of PuTTY's. */
export function ppkVersion(bytes: Uint8Array): string | undefined {
  return findMark(bytes)?.version
}

/** The lines of a file, one after the other. */
class Lines {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Octets not read. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  get ended(): boolean {
    return this.#bytes.subarray(this.#at).every((octet) => octet === 10 || isSpace(octet))
  }

  /** The next line without its end and its indentation; a view. */
  next(): Uint8Array {
    const { from, end, next } = lineAt(this.#bytes, this.#at)
    this.#at = next
    return this.#bytes.subarray(from, end)
  }

  /** The value of the line `name: value`. */
  header(name: string): Uint8Array {
    const line = this.next()
    if (!startsWithAt(line, `${name}: `)) throw bad(name, 'a line')
    return line.subarray(name.length + 2)
  }

  /** A decimal number. */
  number(name: string): number {
    const value = this.header(name)
    const text = value.length > 10 ? '' : latin1(value)
    if (!/^(0|[1-9][0-9]*)$/.test(text)) throw bad(name, 'a number')
    return Number(text)
  }

  /** Octets in hexadecimal, of lower case alone where PuTTY compares the text. */
  hex(name: string, lower = false): Uint8Array {
    const digits = latin1(this.header(name))
    const octets = lower && /[A-F]/.test(digits) ? undefined : decodeHex(digits)
    if (!octets) throw bad(name, 'hexadecimal digits')
    return octets
  }

  /** A block of base64, its number of lines before it. */
  blob(name: string): Uint8Array {
    const count = this.number(name)
    const { left } = this
    // The shortest line has four characters.
    if (count > left / 4) throw new FormatError('truncated', `${name}: ${count} lines expected`)
    const characters = new Uint8Array(left)
    try {
      let length = 0
      for (let i = 0; i < count; i++) {
        const line = this.next()
        if (line.length > WIDTH)
          throw new FormatError('bad-base64', `${name}: at most ${WIDTH} characters a line expected`)
        characters.set(line, length)
        length += line.length
      }
      return decodeBase64(characters.subarray(0, length), name)
    } finally {
      characters.fill(0)
    }
  }
}

function readHead(lines: Lines): PpkHead {
  const first = latin1(lines.next())
  const [, version, algorithm] = /^PuTTY-User-Key-File-([!-9;-~]+): ([!-~]+)$/.exec(first) ?? []
  if (version === undefined || algorithm === undefined) {
    throw bad(MARK, 'a version and a key type')
  }
  if (version !== '2' && version !== '3') {
    throw notKnown('unsupported-format', MARK, version)
  }
  const cipher = latin1(lines.header('Encryption'))
  if (cipher !== 'none' && cipher !== PPK_CIPHER) {
    throw notKnown('unsupported-cipher', 'cipher', cipher)
  }
  const comment = new Uint8Array(lines.header('Comment'))
  const publicBlob = lines.blob('Public-Lines')
  if (blobType(publicBlob) !== algorithm) {
    throw new FormatError('type-mismatch', `${MARK}: another key type than in the public half`)
  }
  return { version: version === '2' ? 2 : 3, algorithm, encrypted: cipher !== 'none', comment, publicBlob }
}

function readArgon2(lines: Lines, limits: Partial<Limits> | undefined): Argon2Parameters {
  const variant = latin1(lines.header('Key-Derivation'))
  if (variant !== 'Argon2d' && variant !== 'Argon2i' && variant !== 'Argon2id') {
    throw notKnown('unsupported-kdf', 'kdf', variant)
  }
  const memory = lines.number('Argon2-Memory')
  const passes = lines.number('Argon2-Passes')
  const parallelism = lines.number('Argon2-Parallelism')
  const salt = lines.hex('Argon2-Salt')
  const parameters: Argon2Parameters = { variant, memory, passes, parallelism, salt }
  checkArgon2(parameters, limits)
  return parameters
}

function open(bytes: Uint8Array): Lines {
  const mark = findMark(bytes)
  if (!mark) throw new FormatError('bad-armor', `no line "${MARK}…" found`)
  return new Lines(bytes, mark.at)
}

/** Reads the head alone, and whether anything follows it. Throws `FormatError`, `UnsupportedError`. */
export function decodePpkHead(bytes: Uint8Array): PpkHead & { readonly whole: boolean } {
  const lines = open(bytes)
  return { ...readHead(lines), whole: !lines.ended }
}

/** Reads a whole file. Throws `FormatError`, `UnsupportedError`, `LimitError`. */
export function decodePpk(bytes: Uint8Array, limits?: Partial<Limits>): PpkFile {
  const lines = open(bytes)
  const head = readHead(lines)
  if (lines.ended) throw otherHalf('private', 'the public half of a PuTTY file')
  const argon2 = head.encrypted && head.version === 3 ? readArgon2(lines, limits) : undefined
  const privateBlob = lines.blob('Private-Lines')
  const mac = lines.hex('Private-MAC', true)
  if (!lines.ended) throw trailing('Private-MAC', lines.left)
  return { ...head, argon2, privateBlob, mac }
}

function blobLines(name: string, blob: Uint8Array): string[] {
  const lines = base64Lines(blob, WIDTH).split('\n').slice(0, -1)
  return [`${name}: ${lines.length}`, ...lines]
}

/** The lines of a head; `comment` is text of one line. */
function headLines(head: Omit<PpkHead, 'comment'>, comment: string): string[] {
  if (/[\n\r\0]/.test(comment)) throw new TypeError('a comment of one line expected')
  return [
    `${MARK}${head.version}: ${head.algorithm}`,
    `Encryption: ${head.encrypted ? PPK_CIPHER : 'none'}`,
    `Comment: ${comment}`,
    ...blobLines('Public-Lines', head.publicBlob),
  ]
}

/** Writes a head, lines ended by CRLF as PuTTY on Windows does. */
export function encodePpkHead(head: Omit<PpkHead, 'comment'>, comment: string): string {
  return `${headLines(head, comment).join('\r\n')}\r\n`
}

/** Writes a whole file. */
export function encodePpk(file: Omit<PpkFile, 'comment'>, comment: string): string {
  const { argon2 } = file
  const lines = headLines(file, comment)
  if (argon2) {
    lines.push(
      `Key-Derivation: ${argon2.variant}`,
      `Argon2-Memory: ${argon2.memory}`,
      `Argon2-Passes: ${argon2.passes}`,
      `Argon2-Parallelism: ${argon2.parallelism}`,
      `Argon2-Salt: ${encodeHex(argon2.salt)}`,
    )
  }
  lines.push(...blobLines('Private-Lines', file.privateBlob), `Private-MAC: ${encodeHex(file.mac)}`)
  return `${lines.join('\r\n')}\r\n`
}
