/**
 * The worker: it alone holds the library, and the page ends it after one piece of work, which also frees what cannot be
 * overwritten: the text of a private file, the integers of RSA.
 */

import {
  FormatError,
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  type Identified,
  identify,
  PassphraseError,
  type Progress,
  type PublicKey,
  parsePrivateKey,
  randomart,
  SshError,
} from 'hawser'
import { allTypes, findType } from 'hawser/keys'
import { escapeText } from 'hawser/wire'
import { type Facts, factsOf, keyFacts } from '../edge-inspect/facts.ts'
import type { Container, GenerateJob, IdentifyJob, Made, Reply, Row, Told } from './messages.ts'
import { artifactNames, rowsFor } from './rows.ts'

declare const self: {
  onmessage: ((event: MessageEvent<GenerateJob | IdentifyJob>) => void) | null
  postMessage(reply: Reply, transfer?: readonly Transferable[]): void
}

/** What a container is to the library, and its usual cost: bcrypt's rounds, PBKDF2's, Argon2's passes. */
const containers: Readonly<Record<Container, { readonly format: string; readonly rounds: number }>> = {
  openssh: { format: 'openssh', rounds: 24 },
  pem: { format: 'pkcs8', rounds: 600_000 },
  ppk: { format: 'ppk3', rounds: 13 },
}

type PrivateFacts = Extract<Identified, { artifact: 'private-key' }>

const onProgress = (progress: Progress): void => self.postMessage({ progress })

function encryptionText(encrypted: PrivateFacts['encrypted']): string {
  if (!encrypted) return 'not encrypted'
  const { cipher, kdf, rounds } = encrypted
  return `encrypted with ${escapeText(cipher)}, ${escapeText(kdf)} with ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`
}

function wiped(passphrase: Uint8Array | undefined): void {
  passphrase?.fill(0)
}

async function generate(job: GenerateJob): Promise<Made> {
  const { type, bits, comment, passphrase, cost } = job
  const { format, rounds } = containers[job.container]
  try {
    const key = await generateKey(type, { bits, comment, onProgress })
    try {
      const secret = passphrase ? { passphrase, rounds: rounds * cost } : {}
      const text = await formatPrivateKey(key, { format, onProgress, ...secret })
      // What is said of the file is what stands in it now.
      const written = identify(text)
      if (written.artifact !== 'private-key') throw new Error('what was written is no private key')
      const { publicKey } = key
      const { title = publicKey.type } = findType(allTypes, publicKey.type) ?? {}
      return {
        privateFile: new TextEncoder().encode(text),
        publicLine: formatPublicKey(publicKey),
        fingerprint: fingerprint(publicKey),
        randomart: randomart(publicKey),
        title: `${title}, ${keyFacts(publicKey).bits} bits`,
        encryption: encryptionText(written.encrypted),
      }
    } finally {
      key.wipe()
    }
  } finally {
    wiped(passphrase)
  }
}

function artOf(key: PublicKey | undefined): Pick<Told, 'randomart' | 'fingerprint'> {
  return key
    ? { randomart: randomart(key), fingerprint: fingerprint(key) }
    : { randomart: undefined, fingerprint: undefined }
}

/** The one key of a file; nothing for a file of many. */
function keyOf(found: Exclude<Identified, PrivateFacts>): PublicKey | undefined {
  if (found.artifact === 'public-key') return found.publicKey
  if (found.artifact === 'certificate') return found.certificate.publicKey
  if (found.artifact === 'x509-certificate') return found.x509.publicKey
  return found.artifact === 'sshsig' ? found.sshsig.publicKey : undefined
}

/** A private key that can be opened is proved: its private half gives its public half. */
async function tellPrivate(found: PrivateFacts, bytes: Uint8Array, passphrase: Uint8Array | undefined): Promise<Told> {
  const name = `${artifactNames['private-key']}, ${found.format}`
  const encrypted: Row = ['Encrypted', encryptionText(found.encrypted)]
  try {
    const key = await parsePrivateKey(bytes, { passphrase, onProgress })
    key.wipe()
    const facts: Facts = { artifact: 'private-key', format: found.format, ...keyFacts(key.publicKey) }
    const rows = [...rowsFor(facts, 0), encrypted, ['Checked', 'its two halves belong together'] as const]
    return { title: name, rows, ...artOf(key.publicKey), locked: false }
  } catch (error) {
    if (!(error instanceof PassphraseError && error.code === 'passphrase-required')) throw error
    const { publicKey } = found
    const facts: Facts = { artifact: 'private-key', format: found.format, ...(publicKey && keyFacts(publicKey)) }
    const rows: Row[] = publicKey ? rowsFor(facts, 0) : [['Type', 'inside the encryption']]
    return { title: name, rows: [...rows, encrypted], ...artOf(publicKey), locked: true }
  }
}

async function tell({ file, passphrase }: IdentifyJob): Promise<Told> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    if (bytes.length === 0) throw new FormatError('unknown-format', 'the file is empty')
    const found = identify(bytes)
    if (found.artifact === 'private-key') return await tellPrivate(found, bytes, passphrase)
    const facts = await factsOf(found)
    const { encoding, guessed } = facts
    const how = [facts.format, encoding, guessed ? 'guessed' : undefined].filter((word) => word !== undefined)
    const kind = found.artifact === 'certificate' ? ` for a ${found.certificate.kind}` : ''
    return {
      title: `${artifactNames[found.artifact]}${kind}, ${how.join(', ')}`,
      rows: rowsFor(facts, Math.floor(Date.now() / 1000)),
      ...artOf(keyOf(found)),
      locked: false,
    }
  } finally {
    bytes.fill(0)
    wiped(passphrase)
  }
}

self.onmessage = async ({ data }) => {
  try {
    if (data.job === 'identify') self.postMessage({ told: await tell(data) })
    else {
      const made = await generate(data)
      self.postMessage({ made }, [made.privateFile.buffer])
    }
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error))
    self.postMessage({ error: { code: error instanceof SshError ? error.code : 'internal', message } })
  }
}
