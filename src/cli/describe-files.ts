/** What `inspect --json` says of files that hold more, or other things, than one key. */

import { decodeCertificate } from '../cert/index.ts'
import { SshError } from '../errors.ts'
import { fingerprint, type Identified, type Krl } from '../index.ts'
import { allTypes, isCertificateName, opaquePublicKey, type PublicKey } from '../keys/index.ts'
import { encodeBase64 } from '../wire/base64.ts'
import type { Row } from './block.ts'
import { describeAuthority, describeKey } from './describe.ts'
import { shown } from './output.ts'

/** A file of that kind, identified. */
export type FileArtifact = Exclude<
  Identified,
  { artifact: 'private-key' | 'public-key' | 'certificate' | 'x509-certificate' }
>

/** A file in words, and in rows for people. */
export interface FileAnswer {
  readonly words: { readonly artifact: FileArtifact['artifact']; readonly [member: string]: unknown }
  readonly rows: readonly Row[]
}

/** The fingerprint of the plain key in a blob, or `null` where it holds none. */
export function blobFingerprint(key: { readonly type: string; readonly blob: Uint8Array } | undefined): string | null {
  if (!key) return null
  if (!isCertificateName(allTypes, key.type)) return fingerprint(opaquePublicKey(key.blob))
  try {
    return fingerprint(decodeCertificate(key.blob, { types: allTypes }))
  } catch (error) {
    if (error instanceof SshError) return null
    throw error
  }
}

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const hashText = (name: string, hash: string): string => `${name}:${encodeBase64(octetsOf(hash)).replace(/=+$/, '')}`

function keyWords(blob: string): ReturnType<typeof describeAuthority> {
  return describeAuthority(opaquePublicKey(octetsOf(blob)))
}

/** Sections as `ssh-keygen -Q -l` tells them: by what they revoke. */
function describeKrl(krl: Krl): FileAnswer {
  const certificates = Array.from(krl.authorities.values(), ({ authority, serials, keyIds }) => ({
    type: 'certificates' as const,
    authority: authority && describeAuthority(authority),
    serials: Array.from(serials.first, (first, i) =>
      first === serials.last[i] ? `${first}` : `${first}-${serials.last[i]}`,
    ),
    keyIds: [...keyIds],
  }))
  const keys = Array.from(krl.keys, keyWords)
  const sha1 = Array.from(krl.sha1, (hash) => hashText('SHA1', hash))
  const sha256 = Array.from(krl.sha256, (hash) => hashText('SHA256', hash))
  const sections = [
    ...certificates,
    ...(keys.length > 0 ? [{ type: 'keys' as const, keys }] : []),
    ...(sha1.length > 0 ? [{ type: 'sha1' as const, hashes: sha1 }] : []),
    ...(sha256.length > 0 ? [{ type: 'sha256' as const, hashes: sha256 }] : []),
  ]
  const signedBy = krl.signatures.map(({ publicKey }) => describeAuthority(opaquePublicKey(publicKey)))
  const { version, generatedAt: date, comment } = krl
  const byAuthority = certificates.flatMap(({ authority, serials, keyIds }): Row[] => [
    ['authority', authority ? `${authority.sha256} (${shown(authority.type)})` : 'any'],
    ...(serials.length > 0 ? ([['serials', ...serials]] as const) : []),
    ...(keyIds.length > 0 ? ([['key ids', ...keyIds.map((id) => `"${shown(id)}"`)]] as const) : []),
  ])
  return {
    words: {
      artifact: 'krl',
      format: 'openssh',
      version,
      date,
      comment,
      sections,
      ...(signedBy.length > 0 && { signedBy }),
    },
    rows: [
      ['version', `${version}`],
      ...(comment ? ([['comment', shown(comment)]] as const) : []),
      ...byAuthority,
      ...(keys.length > 0
        ? ([['keys', ...keys.map(({ type, sha256 }) => `${sha256} (${shown(type)})`)]] as const)
        : []),
      ...([...sha1, ...sha256].length > 0 ? ([['hashes', ...sha1, ...sha256]] as const) : []),
    ],
  }
}

function describeSshsig({ sshsig }: Extract<FileArtifact, { artifact: 'sshsig' }>): FileAnswer {
  const { publicKey, certificate, namespace, hash, signature } = sshsig
  const file = { artifact: 'public-key', format: 'openssh', comment: null, encrypted: null } as const
  const { type, bits, sha256, md5, blob } = describeKey(publicKey, file)
  const key = certificate
    ? { type: certificate.type, bits, sha256, md5, blob: encodeBase64(certificate.blob) }
    : { type, bits, sha256, md5, blob }
  return {
    words: { artifact: 'sshsig', format: 'openssh', namespace, hash, signatureAlgorithm: signature.algorithm, ...key },
    rows: [
      ['namespace', shown(namespace)],
      ['hash', hash],
      ['signature', shown(signature.algorithm)],
      ['key', `${sha256} (${shown(key.type)})`],
    ],
  }
}

/** An entry in words, and the line about it. */
interface Entry {
  readonly words: { readonly line: number | undefined; readonly type: string; readonly sha256: string | null }
  readonly text: string
}

function entriesOf(found: Exclude<FileArtifact, { artifact: 'krl' | 'sshsig' }>): Entry[] {
  if (found.artifact === 'authorized-keys') {
    return found.file.entries.map(({ line, key, options, optionText }) => {
      const { type, comment } = key
      const words = { line, type, sha256: blobFingerprint(key), comment, options: optionText === '' ? null : options }
      return { words, text: [optionText, comment].filter((part) => part !== '').join(' ') }
    })
  }
  if (found.artifact === 'known-hosts') {
    return found.file.entries.map(({ line, marker, hosts, type, key, comment }) => ({
      words: { line, marker, hosts, type, sha256: blobFingerprint(key), comment },
      text: `${marker === null ? '' : `@${marker} `}${hosts}`,
    }))
  }
  return found.file.entries.map(({ line, principals, key, ...options }) => {
    const { certAuthority, namespaces = null, validAfter = null, validBefore = null } = options
    const { type, comment } = key
    const plain: PublicKey = 'publicKey' in key ? key.publicKey : key
    const said = { certAuthority, namespaces, validAfter, validBefore, comment }
    return {
      words: { line, principals, type, sha256: fingerprint(plain), ...said },
      text: `${principals}${certAuthority ? ' (authority)' : ''}`,
    }
  })
}

function describeText(found: Exclude<FileArtifact, { artifact: 'krl' | 'sshsig' }>): FileAnswer {
  const { artifact, format, file } = found
  const entries = entriesOf(found)
  const { problems } = file
  const guessed = found.guessed && { guessed: true }
  return {
    words: { artifact, format, ...guessed, entries: entries.map(({ words }) => words), problems },
    rows: [
      ...entries.map(
        ({ words: { line, type, sha256 }, text }) =>
          [`line ${line}`, `${sha256 ?? 'no readable key'} (${shown(type)}) ${shown(text)}`] as const,
      ),
      ...problems.map(({ line, message }) => [`line ${line}`, `wrong: ${shown(message)}`] as const),
    ],
  }
}

/** The facts of such a file. */
export function describeOther(found: FileArtifact): FileAnswer {
  if (found.artifact === 'krl') return describeKrl(found.krl)
  return found.artifact === 'sshsig' ? describeSshsig(found) : describeText(found)
}
