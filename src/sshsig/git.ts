/**
 * Signatures in git's commits and tags, as `gpg.format=ssh` makes them (gitformat-signature(5); git's commit.c
 * `parse_buffer_signed_by_header`, `add_header_signature`, gpg-interface.c `parse_signed_buffer`). A commit has its
 * signature in a header, a tag at its end; the namespace is `git`.
 */

import { type Time, unixSeconds } from '../cert/time.ts'
import { FormatError, VerificationError } from '../errors.ts'
import type { Signer } from '../keys/signer.ts'
import { type Limits, withLimits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'
import { checkInput, encodeText, latin1 } from '../wire/text.ts'
import { findPrincipals } from './principals.ts'
import { type SignMessageOptions, signMessage } from './sign.ts'
import { FOOTER, HEADER, parseSshsig } from './sshsig.ts'
import { checkMessageSignature, checkSigner, type SignerFacts, type SignerPolicy } from './verify.ts'

/** Who may have signed an object, and when. */
export interface GitPolicy extends Omit<SignerPolicy, 'namespace' | 'identity' | 'time'> {
  /** Who must have signed; `null` for anybody whom the file of allowed signers names for the key, as in git. */
  readonly identity: string | null
  /**
   * The moment to judge at. `claimed` is the time that committer or tagger wrote, as in git: whoever has an expired
   * key can write any.
   */
  readonly time: Time | 'claimed'
}

const namespace = 'git'

/** An object taken apart; `headers` are whole lines with what continues them. */
interface GitObject {
  readonly tag: boolean
  /** The header that holds the signature over an object with such ids. */
  readonly field: 'gpgsig ' | 'gpgsig-sha256 '
  readonly headers: readonly string[]
  readonly text: string
  /** Where the headers end. */
  readonly end: number
}

function splitObject(object: Uint8Array, limits?: Partial<Limits>): GitObject {
  if (!(object instanceof Uint8Array)) throw new TypeError('object: a Uint8Array expected')
  checkInput(object, limits)
  const text = latin1(object)
  const [, kind, sha256] = /^(tree|object) [\da-f]{40}([\da-f]{24})?\n/.exec(text) ?? []
  const end = text.indexOf('\n\n') + 1
  if (!kind || end === 0) throw new FormatError('unknown-format', 'a commit or a tag of git expected')
  const headers = text.slice(0, end).match(/[^\n]+\n(?: [^\n]*\n)*/g) ?? []
  return { tag: kind === 'object', field: sha256 ? 'gpgsig-sha256 ' : 'gpgsig ', headers, text, end }
}

/** Where the signature at the end of a tag begins: at the last line that is a header of one. */
function signatureStart({ tag, text, end }: GitObject): number {
  const at = text.lastIndexOf(`\n${HEADER}`) + 1
  return tag && at > end ? at : text.length
}

function isSignature(header: string): boolean {
  return /^gpgsig(-sha256)? /.test(header)
}

/**
 * Signs the content of a commit or tag (what `git cat-file` prints) and gives it with its signature, for
 * `git hash-object -t commit -w --stdin`. Throws `FormatError` (`unknown-format`, `bad-value` where it is signed
 * already), `LimitError`, and as `signMessage`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { formatAllowedSigners, signGitObject, verifyGitObject } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const me = 'Me <me@example.com> 1700000000 +0000'
 * const commit = `tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor ${me}\ncommitter ${me}\n\nempty\n`
 * const signed = await signGitObject(new TextEncoder().encode(commit), key)
 * const allowedSigners = formatAllowedSigners([
 *   { principals: 'me@example.com', certAuthority: false, key: key.publicKey },
 * ])
 * const policy = { allowedSigners, identity: 'me@example.com', time: 'claimed', types: [ed25519] } as const
 * const facts = await verifyGitObject(signed, policy)
 * console.log(facts.principal) // me@example.com
 * ```
 */
export async function signGitObject(
  object: Uint8Array,
  signer: Signer,
  options: Omit<SignMessageOptions, 'namespace'> & { readonly limits?: Partial<Limits> | undefined } = {},
): Promise<Uint8Array> {
  const split = splitObject(object, options.limits)
  const bytes = new Uint8Array(object)
  if (split.headers.some(isSignature) || signatureStart(split) < bytes.length) throw bad('object', 'no signature in it')
  if (split.tag && bytes.at(-1) !== 10) throw bad('tag', 'a line feed at its end')
  const armored = await signMessage(bytes, signer, { ...options, namespace })
  if (split.tag) return concat([bytes, encodeText(armored)])
  const header = `${split.field}${armored.trimEnd().replaceAll('\n', '\n ')}\n`
  return concat([bytes.subarray(0, split.end), encodeText(header), bytes.subarray(split.end)])
}

/** The signature in an object, and what it signs. */
function takeSignature(object: Uint8Array, split: GitObject): { signature: string; payload: Uint8Array } {
  const { tag, field, headers, text, end } = split
  const start = signatureStart(split)
  const found = tag ? [text.slice(start)] : headers.filter((header) => header.startsWith(field))
  const [signature = '', ...more] = found.map((header) =>
    tag ? header : header.slice(field.length).replaceAll('\n ', '\n'),
  )
  if (signature === '') throw new VerificationError('unsigned', 'the object has no signature')
  // What stands behind it would be shown by git, and signed by nobody.
  if (more.length > 0 || signature.trimEnd().length !== signature.indexOf(FOOTER) + FOOTER.length) {
    throw bad('object', 'one signature and nothing behind it')
  }
  const kept = headers.filter((header) => !isSignature(header)).join('')
  const payload = concat([Uint8Array.from(kept, (c) => c.charCodeAt(0)), object.subarray(end, start)])
  return { signature, payload }
}

function claimedTime({ headers, tag }: GitObject): Time {
  const header = headers.find((line) => line.startsWith(tag ? 'tagger ' : 'committer ')) ?? ''
  const [, seconds] = /> (\d{1,15}) [+-]\d{4}\n$/.exec(header) ?? []
  if (seconds === undefined) throw bad('object', 'the time of its committer or tagger')
  return Number(seconds)
}

/**
 * Verifies the signature of a commit or tag, and that its key may sign, as `git verify-commit` and `git verify-tag` do.
 * Throws as `verifyMessage`, `VerificationError` `unsigned`, and `FormatError` (`unknown-format`; `bad-value` for more
 * than one signature, or text behind it).
 *
 * @example
 * ```ts
 * import { ed25519 } from 'hawser/keys'
 * import { verifyGitObject } from 'hawser/sshsig'
 *
 * const me = 'Me <me@example.com> 1700000000 +0000'
 * const commit = `tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor ${me}\ncommitter ${me}\n\nempty\n`
 * const policy = { allowedSigners: '', identity: null, time: 'claimed', types: [ed25519] } as const
 * await verifyGitObject(new TextEncoder().encode(commit), policy).catch((error) => console.log(error.code)) // unsigned
 * ```
 */
export async function verifyGitObject(object: Uint8Array, policy: GitPolicy): Promise<SignerFacts> {
  const split = splitObject(object, withLimits(policy.limits))
  const now = unixSeconds(policy.time === 'claimed' ? claimedTime(split) : policy.time)
  const { identity } = policy
  if (identity !== null && typeof identity !== 'string') throw new TypeError('identity: text or null expected')
  const { signature, payload } = takeSignature(object, split)
  const sshsig = parseSshsig(signature, policy)
  const facts = await checkMessageSignature(payload, sshsig, { ...policy, namespace })
  const identities = identity === null ? await findPrincipals(sshsig, { ...policy, time: now }) : [identity]
  return checkSigner(facts, identities, now, policy)
}
