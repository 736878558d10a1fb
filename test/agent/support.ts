/** What the tests of this folder share: connections, requests and their answers, a security key made of software. */
import { readFileSync } from 'node:fs'
import { type Authenticator, createKeyring, type Keyring, type KeyringOptions } from '../../src/agent/index.ts'
import {
  type Agent,
  type AgentConnection,
  type AgentResponse,
  type Constraint,
  encodeAdd,
  encodeSessionBind,
} from '../../src/agent-protocol/index.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { parsePrivateKey, sec1 } from '../../src/formats/index.ts'
import {
  allTypes,
  type Certificate,
  ecdsaP256,
  ed25519,
  PrivateKey,
  publicKeyOf,
  type Signature,
  skEd25519,
} from '../../src/keys/index.ts'
import { Reader } from '../../src/wire/reader.ts'
import { decodeText } from '../../src/wire/text.ts'
import { Writer } from '../../src/wire/writer.ts'
import { utf8 } from '../support/bytes.ts'

/** A connection that stays open. */
export function newConnection(): AgentConnection {
  return { closed: new Promise(() => {}) }
}

/** The counter of OpenSSH's sk-dummy (regress/misc/sk-dummy/sk-dummy.c). */
const COUNTER = 0x12345678

/** Signs as OpenSSH's sk-dummy does: its handles are private keys, 64 octets of Ed25519 or ECDSA in PEM. */
export const dummyAuthenticator: Authenticator = async (request) => {
  const { publicKey, application, handle, flags, message } = request
  const isEd25519 = publicKey.type === skEd25519.name
  const inner = isEd25519
    ? new PrivateKey(ed25519, { public: handle.slice(32), seed: handle.slice(0, 32) }, '')
    : await parsePrivateKey(decodeText(handle), { types: [ecdsaP256], formats: [sec1] })
  const signed = new Writer().raw(sha256.digest(application)).u8(flags).u32(COUNTER).raw(sha256.digest(message)).take()
  const reader = new Reader((await inner.sign(signed)).blob)
  reader.string('algorithm')
  const blob = new Writer().string(publicKey.type).string(reader.string('signature')).u8(flags).u32(COUNTER).take()
  return { algorithm: publicKey.type, blob }
}

/** A key of that dummy. */
export async function dummyKey(application: string, flags = 1): Promise<PrivateKey> {
  const inner = await generateEd25519()
  const { public: pub, seed } = inner.exposeComponents()
  const handle = new Uint8Array([...seed!, ...pub!])
  const components = {
    public: pub!,
    application: utf8(application),
    flags: Uint8Array.of(flags),
    handle,
    reserved: new Uint8Array(0),
  }
  return new PrivateKey(skEd25519, components, 'sk', publicKeyOf(skEd25519, components, 'sk'))
}

async function generateEd25519(): Promise<PrivateKey> {
  const seed = crypto.getRandomValues(new Uint8Array(32))
  return new PrivateKey(ed25519, { ...ed25519.derivePublic!({ seed }), seed }, 'a key')
}

export { generateEd25519 as newKey }

/** A keyring and one connection to it. */
export interface Room {
  readonly keyring: Keyring
  readonly connection: AgentConnection
  /** Why requests were refused, by code. */
  readonly refusals: string[]
}

/** An empty keyring for all types, without delays. */
export function newRoom(options: Partial<KeyringOptions> = {}): Room {
  const refusals: string[] = []
  const keyring = createKeyring({
    types: allTypes,
    delay: async () => {},
    onError: (error) => refusals.push((error as { code?: string }).code ?? String(error)),
    ...options,
  })
  return { keyring, connection: newConnection(), refusals }
}

/** Adds a key; gives the kind of the answer. */
export async function add(
  agent: Agent,
  key: PrivateKey,
  constraints: readonly Constraint[] = [],
  connection: AgentConnection = newConnection(),
  certificate?: Certificate,
): Promise<AgentResponse['kind']> {
  return (await agent.respond(encodeAdd(key, { constraints, certificate }), connection)).kind
}

/** The blobs that are listed. */
export async function list(agent: Agent, connection: AgentConnection = newConnection()): Promise<Uint8Array[]> {
  const response = await agent.respond({ kind: 'list' }, connection)
  if (response.kind !== 'identities') throw new Error(`a list expected, ${response.kind} found`)
  return response.identities.map(({ key }) => key)
}

/** Signs with a key; gives the signature, or nothing where it was refused. */
export async function sign(
  agent: Agent,
  key: { readonly blob: Uint8Array },
  data: Uint8Array,
  connection: AgentConnection = newConnection(),
  flags = 0,
): Promise<Uint8Array | undefined> {
  const response = await agent.respond({ kind: 'sign', key: key.blob, data, flags }, connection)
  if (response.kind === 'signature') return response.signature
  if (response.kind === 'failure') return undefined
  throw new Error(`a signature or a failure expected, ${response.kind} found`)
}

/** Binds a connection to a session with a host; gives the kind of the answer. */
export async function bind(
  agent: Agent,
  connection: AgentConnection,
  host: { sign(data: Uint8Array): Promise<Signature>; readonly publicKey: { readonly blob: Uint8Array } },
  sessionId: Uint8Array,
  forwarding: boolean,
  hostKey: Uint8Array = host.publicKey.blob,
): Promise<AgentResponse['kind']> {
  const signature = (await host.sign(sessionId)).blob
  return (await agent.respond(encodeSessionBind({ hostKey, sessionId, signature, forwarding }), connection)).kind
}

/** What a login asks a key to sign. */
export interface Login {
  readonly sessionId: Uint8Array
  readonly key: Uint8Array
  readonly algorithm: string
  readonly user?: string
  readonly hostKey?: Uint8Array | undefined
  readonly service?: string
  readonly method?: string
  readonly type?: number
  readonly signed?: number
  readonly more?: Uint8Array
}

/** The data that is signed to log in (RFC 4252 section 7), with a host's key in OpenSSH's form. */
export function loginData(login: Login): Uint8Array {
  const { sessionId, key, algorithm, user = 'alice', hostKey } = login
  const method = login.method ?? (hostKey ? 'publickey-hostbound-v00@openssh.com' : 'publickey')
  const writer = new Writer().string(sessionId).u8(login.type ?? 50)
  writer
    .string(user)
    .string(login.service ?? 'ssh-connection')
    .string(method)
    .u8(login.signed ?? 1)
  writer.string(algorithm).string(key)
  if (hostKey) writer.string(hostKey)
  return writer.raw(login.more ?? new Uint8Array(0)).take()
}

/** The data of an SSHSIG. */
export function sshsigData(namespace = 'file'): Uint8Array {
  const writer = new Writer().raw(utf8('SSHSIG')).string(namespace).string('').string('sha512')
  return writer.string(new Uint8Array(64)).take()
}

/** A file as a plain array. */
export function read(url: URL): Uint8Array {
  return new Uint8Array(readFileSync(url))
}
