/** `hawser fingerprint`: the fingerprint of a key as `ssh-keygen -l` prints it, or which form a given one is. */

import * as hashes from '../crypto/hash.ts'
import { fingerprintBytes } from '../fingerprint/index.ts'
import { fingerprint, type HashName, identify, type PublicKey, parsePrivateKey } from '../index.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { onlyOne, readArguments, UsageError } from './arguments.ts'
import { keyBits, keyTitle } from './describe.ts'
import { readInput } from './files.ts'
import { about, print, printJson, shown, tell } from './output.ts'

const hashNames = ['sha256', 'md5', 'sha1', 'sha512', 'sha384'] as const satisfies readonly HashName[]

/** The key of a file with the words around its fingerprint. */
interface Subject {
  readonly key: PublicKey
  readonly comment: string
  readonly title: string
}

async function readSubject(bytes: Uint8Array): Promise<Subject> {
  const found = identify(bytes)
  if (found.artifact === 'certificate') {
    const { publicKey: key, comment } = found.certificate
    return { key, comment, title: `${keyTitle(key)}-CERT` }
  }
  if (found.artifact === 'public-key') {
    const key = found.publicKey
    return { key, comment: key.comment, title: keyTitle(key) }
  }
  // The public half of an encrypted file is in clear, its comment is not.
  if (found.encrypted && found.publicKey) {
    return { key: found.publicKey, comment: '', title: keyTitle(found.publicKey) }
  }
  const key = await parsePrivateKey(bytes)
  key.wipe()
  return { key: key.publicKey, comment: key.comment, title: keyTitle(key.publicKey) }
}

/** The name of the form that `text` is a fingerprint of `key` in, such as `openssh-sha256`; `undefined` for none. */
export function matchForm(key: PublicKey, text: string): string | undefined {
  const [, prefix, rest] = /^(?:([A-Za-z0-9]+):(?![0-9a-fA-F]{2}(?::|$)))?(.*)$/.exec(text.trim())!
  const octets = /^([0-9a-fA-F]{2})(:?[0-9a-fA-F]{2})*$/.test(rest!) ? rest!.replace(/:/g, '').toLowerCase() : undefined
  for (const name of hashNames) {
    if (prefix !== undefined && prefix.toLowerCase() !== name) continue
    const digest = fingerprintBytes(key, hashes[name])
    const hex = Array.from(digest, (octet) => octet.toString(16).padStart(2, '0')).join('')
    const base64 = encodeBase64(digest).replace(/=+$/, '')
    if (octets === hex || rest!.replace(/=+$/, '') === base64) return `openssh-${name}`
  }
  return undefined
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    hash: { type: 'string' },
    match: { type: 'string' },
  })
  const file = onlyOne(positionals, 'FILE')
  const hash = hashNames.find((name) => name === (values.hash ?? 'sha256').toLowerCase())
  if (!hash) throw new UsageError(`--hash: one of ${hashNames.join(', ')} expected`)
  if (values.match?.trim() === '') throw new UsageError('--match: a fingerprint expected')
  if (values.match !== undefined && values.hash !== undefined) throw new UsageError('--match tries every --hash')
  const bytes = await readInput(file)
  let subject: Subject
  try {
    subject = await about(file, () => readSubject(bytes))
  } finally {
    bytes.fill(0)
  }
  const { key, comment, title } = subject
  if (values.match !== undefined) return tellMatch(file, matchForm(key, values.match), values.json === true)
  const text = fingerprint(key, { hash })
  const bits = keyBits(key)
  if (values.json) printJson({ file, type: key.type, bits, comment, hash, fingerprint: text })
  else print(`${bits ?? '?'} ${text} ${shown(comment) || 'no comment'} (${shown(title)})`)
  return 0
}

function tellMatch(file: string, match: string | undefined, json: boolean): number {
  const message = 'this is no fingerprint of the key in any form known'
  if (json) printJson(match ? { file, match } : { file, match: null, error: { code: 'no-match', message } })
  else if (match) print(match)
  else tell(`${shown(file)}: ${message}`)
  return match ? 0 : 1
}
