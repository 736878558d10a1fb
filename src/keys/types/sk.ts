/**
 * `sk-ssh-ed25519@openssh.com` and `sk-ecdsa-sha2-nistp256@openssh.com`: keys in a security key (openssh-portable
 * PROTOCOL.u2f). What a file holds is no private key but a handle by which the security key finds its own.
 *
 * The security key signs hashes of the application and of the message, with its flags and its counter between them.
 */

import { digestSha256 } from '../../crypto/sha256.ts'
import { UnsupportedError } from '../../errors.ts'
import { defaultLimits } from '../../limits.ts'
import { encodeBase64Url } from '../../wire/base64url.ts'
import { bad } from '../../wire/expect.ts'
import { Reader } from '../../wire/reader.ts'
import { encodeText } from '../../wire/text.ts'
import { Writer } from '../../wire/writer.ts'
import type { Field } from '../fields.ts'
import type { KeyType, SignatureValueFacts } from '../key-type.ts'
import { ecdsaP256 } from './ecdsa.ts'
import { ed25519 } from './ed25519.ts'

/** Bits of the flags (sk-api.h; Web Authentication section 6.1). */
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const ATTESTED_DATA = 0x40
const EXTENSION_DATA = 0x80

// A function: bundlers keep what a property is read for, used or not.
const max = /* @__PURE__ */ (() => defaultLimits.stringLength)()

/** `ssh:` and the like, or the domain of a web page. */
// `again`: sshkey.c `sshkey_serialize_private_sk` writes it whatever stands in front.
const application: Field = { name: 'application', kind: 'string', max, again: true }

/** What the file has besides the public fields: how the key was asked for, the handle, and a field for later. */
const handleFields: readonly Field[] = [
  { name: 'flags', kind: 'u8', max: 1, secret: true },
  { name: 'handle', kind: 'string', max, secret: true },
  { name: 'reserved', kind: 'string', max, secret: true },
]

/** What the security key signed besides the application and its own flags and counter. */
interface Signed {
  readonly hash: Uint8Array
  readonly extensions?: Uint8Array
  readonly origin?: string
}

/** Reads what stands behind the counter; `undefined` where it was made for another message. */
type ReadSigned = (value: Reader, flags: number, data: Uint8Array) => Signed | undefined

const plain: ReadSigned = (_value, _flags, data) => ({ hash: digestSha256(data) })

/**
 * What a browser signs: not the message, but a JSON text that begins with type, challenge (the message in base64url) and
 * origin, in this order and spelling; what follows is the browser's (ssh-ecdsa-sk.c `webauthn_check_prepare_hash`).
 */
const webauthn: ReadSigned = (value, flags, data) => {
  const origin = value.text('webauthn origin')
  const clientData = value.string('webauthn client data')
  const extensions = value.string('webauthn extensions')
  // A quote would let the origin say what belongs to members behind it.
  if (origin.includes('"')) throw bad('webauthn origin', 'no quotation mark')
  if (flags & ATTESTED_DATA) throw bad('webauthn flags', 'no attested data')
  if (!(flags & EXTENSION_DATA) !== (extensions.length === 0)) {
    throw bad('webauthn flags', 'extensions as flagged')
  }
  const challenge = encodeBase64Url(data)
  const preamble = encodeText(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`)
  if (preamble.some((octet, i) => clientData[i] !== octet)) return undefined
  return { hash: digestSha256(clientData), extensions, origin }
}

/** A key type around the one whose arithmetic the security key does; its signatures hold the other's value. */
function skType(
  inner: KeyType,
  names: Pick<KeyType, 'name' | 'alias' | 'title' | 'certName'>,
  signed: Readonly<Record<string, ReadSigned>>,
): KeyType {
  const { name } = names
  const publicFields = [...inner.publicFields, application]
  return {
    ...names,
    publicFields,
    privateFields: [...publicFields, ...handleFields],
    algorithms: Object.keys(signed),
    legacyAlgorithms: [],
    bits: inner.bits,
    checkPublic(c, limits) {
      inner.checkPublic(c, limits)
      // OpenSSH, which has it as a C string, refuses it too (sshkey.c `sshkey_deserialize_sk`).
      if (c.application!.includes(0)) throw bad(`${name} application`, 'text without NUL')
    },
    // There is nothing to prove: the private half is in the security key, and only that knows its own handles.
    checkPrivate: async () => true,
    async generate() {
      throw new UnsupportedError('unsupported-type', `${name}: only a security key makes keys`)
    },
    async prepareSign() {
      throw new UnsupportedError('unsupported-algorithm', `${name}: only a security key signs`)
    },
    async prepareVerify(c, algorithm) {
      const verify = await inner.prepareVerify(c, inner.name)
      const appHash = digestSha256(c.application!)
      const readSigned = signed[algorithm]!
      return async (value, data) => {
        const innerValue = new Writer().string(value.string(`${algorithm} signature`)).take()
        const flags = value.u8('flags')
        const counter = value.u32('counter')
        const content = readSigned(value, flags, data)
        value.end(`${algorithm} signature`)
        const message = new Writer().raw(appHash).u8(flags).u32(counter)
        if (content?.extensions) message.raw(content.extensions)
        if (content) message.raw(content.hash)
        if (!content || !(await verify(new Reader(innerValue), message.take()))) return undefined
        return facts(flags, counter, content.origin)
      }
    },
  }
}

function facts(flags: number, counter: number, origin: string | undefined): SignatureValueFacts {
  return {
    counter,
    userPresent: (flags & USER_PRESENT) !== 0,
    userVerified: (flags & USER_VERIFIED) !== 0,
    ...(origin === undefined ? {} : { origin }),
  }
}

/** Ed25519 keys in a security key. */
export const skEd25519: KeyType = /* @__PURE__ */ skType(
  ed25519,
  {
    name: 'sk-ssh-ed25519@openssh.com',
    alias: 'ed25519-sk',
    title: 'ED25519-SK',
    certName: 'sk-ssh-ed25519-cert-v01@openssh.com',
  },
  { 'sk-ssh-ed25519@openssh.com': plain },
)

/** ECDSA keys on NIST P-256 in a security key, a web page's passkeys among them. */
export const skEcdsaP256: KeyType = /* @__PURE__ */ skType(
  ecdsaP256,
  {
    name: 'sk-ecdsa-sha2-nistp256@openssh.com',
    alias: 'ecdsa-sk',
    title: 'ECDSA-SK',
    certName: 'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
  },
  {
    'sk-ecdsa-sha2-nistp256@openssh.com': plain,
    'webauthn-sk-ecdsa-sha2-nistp256@openssh.com': webauthn,
  },
)
