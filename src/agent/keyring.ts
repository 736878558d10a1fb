/**
 * An agent that holds keys in memory and enforces what they were added with, with the verdicts of OpenSSH's (RFC 9987;
 * ssh-agent.c `process_add_identity`, `process_sign_request2`, `process_request_identities`).
 */

import { decodeAdd } from '../agent-protocol/add.ts'
import type { Agent, AgentConnection } from '../agent-protocol/agent.ts'
import { encodeQueryAnswer, QUERY, SESSION_BIND } from '../agent-protocol/extension.ts'
import {
  type AddRequest,
  type AgentRequest,
  type AgentResponse,
  type SignRequest,
  signFlags,
} from '../agent-protocol/messages.ts'
import { verifyCertificateSignature } from '../cert/check.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import type { KeyType } from '../keys/key-type.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { verifySignature } from '../keys/verify.ts'
import { AGENT_IDENTITIES, AGENT_MESSAGE } from '../limits.ts'
import { startsWithAt } from '../wire/armor.ts'
import { aboveLimit, checkWhole, mismatch } from '../wire/expect.ts'
import { encodeText, latin1 } from '../wire/text.ts'
import { type Authenticator, authenticatorRequest, isSecurityKey } from './authenticator.ts'
import { anyAlgorithm, type Bindings, bindSession, checkHopKeys, isPermitted } from './destinations.ts'
import { createLock, type LockOptions } from './lock.ts'
import { type KeyUse, type LoginPurpose, readPurpose } from './purpose.ts'
import { refused } from './refused.ts'
import { type Rules, rulesOf } from './rules.ts'
import { createTimer } from './timer.ts'

/** What a keyring takes, and whom it asks. */
export interface KeyringOptions extends KeyOptions, LockOptions {
  /** Asked before each use of a key that was added to be confirmed; anything but true denies. Without it, all is denied. */
  readonly confirm?: ((use: KeyUse) => boolean | Promise<boolean>) | undefined
  /** Signs for keys in security keys. Without it, they are not taken. */
  readonly authenticator?: Authenticator | undefined
  /**
   * Whether a security key may be added with that provider, to OpenSSH the path of a library that is then loaded; only
   * `internal` where it is not given. Over a connection that is bound to a session it is not asked: nothing else is taken.
   */
  readonly allowProvider?: ((provider: string) => boolean) | undefined
  /** Seconds that a key stays which was added without a lifetime; for ever where it is not given. */
  readonly lifetime?: number | undefined
  /** Most keys and certificates; 2048 where it is not given, which is what OpenSSH's clients read. */
  readonly maxKeys?: number | undefined
  /** Milliseconds since 1970: for lifetimes and host certificates. */
  readonly clock?: (() => number) | undefined
  /** Told why a request was refused: `SshError`, or whatever a function of yours threw. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** An agent with keys of its own. */
export interface Keyring extends Agent {
  /** Never rejects: what is refused is a failure. */
  respond(request: AgentRequest, connection: AgentConnection): Promise<AgentResponse>
  /** Removes all keys and overwrites them. */
  wipe(): void
}

interface Held extends Rules {
  readonly key: PrivateKey
  /** Of the key or certificate, as it is listed. */
  readonly blob: Uint8Array
  readonly certified: boolean
  readonly comment: string
  /** Octets in a list. */
  readonly size: number
  /** When it goes, by the timer; `Infinity` for never. */
  readonly expires: number
}

/** By the flags, SHA-256 before SHA-512 (ssh-agent.c `agent_decode_alg`); what RSA keys sign with by default is SHA-1. */
function algorithmOf({ algorithms, name }: KeyType, flags: number): string {
  const asked = flags & signFlags.sha256 ? 'rsa-sha2-256' : flags & signFlags.sha512 ? 'rsa-sha2-512' : name
  return algorithms.includes(asked) ? asked : name
}

/** Whether a login names the key's algorithm in one of its ways: certificates have a name for each of them. */
function namesAlgorithm({ certified, key }: Held, { algorithm }: LoginPurpose): boolean {
  const { algorithms, legacyAlgorithms, certName } = key.keyType
  const all = [...algorithms, ...legacyAlgorithms]
  if (!certified) return all.includes(algorithm)
  return algorithm === certName || all.some((name) => algorithm === `${name.split('@', 1)[0]}-cert-v01@openssh.com`)
}

/**
 * A keyring, empty at first. Keys of `types` are taken but for those with legacy algorithms alone (DSA, as in OpenSSH
 * 10), and only where the private half gives the public one. Serve it to each connection with an object of its own.
 * Throws `TypeError` for a `lifetime` (seconds) or `maxKeys` that is no whole number.
 *
 * @example
 * ```ts
 * import { createKeyring } from 'hawser/agent'
 * import { encodeAdd } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const keyring = createKeyring({ types: [ed25519], lifetime: 3600 })
 * const connection = { closed: new Promise<void>(() => {}) }
 * const key = await generatePrivateKey(ed25519)
 * console.log((await keyring.respond(encodeAdd(key), connection)).kind) // success
 * console.log((await keyring.respond({ kind: 'list' }, connection)).kind) // identities
 * keyring.wipe()
 * ```
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const { clock = Date.now, maxKeys = AGENT_IDENTITIES, onError } = options
  checkWhole('maxKeys', maxKeys, 0)
  if (options.lifetime !== undefined) checkWhole('lifetime', options.lifetime, 1)
  const keyOptions: KeyOptions = {
    types: options.types.filter(({ algorithms }) => algorithms.length > 0),
    limits: options.limits,
  }
  /** By blob, in the order in which they came. */
  const ring = new Map<string, Held>()
  const connections = new WeakMap<AgentConnection, Bindings>()
  const lock = createLock(options)
  const timer = createTimer(options.clock, sweep)

  function drop(id: string, held: Held): void {
    ring.delete(id)
    held.key.wipe()
  }

  /** Drops what is over. */
  function sweep(): void {
    const now = timer.now()
    let next = timer.at
    if (now >= next) {
      next = Infinity
      for (const [id, held] of ring) {
        if (held.expires <= now) drop(id, held)
        else next = Math.min(next, held.expires)
      }
    }
    timer.set(next)
  }

  function permitted({ destinations }: Held, bindings: Bindings, user?: string): boolean {
    return isPermitted(destinations, bindings, clock() / 1000, user)
  }

  /** Throws unless the key may still be used, after somebody was waited for. */
  function checkHeld(held: Held): void {
    sweep()
    if (lock.locked || ring.get(latin1(held.blob)) !== held) throw refused('the key is gone')
  }

  function list(bindings: Bindings): AgentResponse {
    const seen = lock.locked ? [] : [...ring.values()].filter((held) => permitted(held, bindings))
    return { kind: 'identities', identities: seen.map(({ blob, comment }) => ({ key: new Uint8Array(blob), comment })) }
  }

  function checkProvider({ provider }: Rules, bindings: Bindings): void {
    if (provider === undefined || provider.toLowerCase() === 'internal') return
    // Else a host that the agent is forwarded to has it load libraries (CVE-2023-38408).
    if (bindings.attempted) throw refused('no providers over a bound connection')
    if (options.allowProvider?.(provider) !== true) throw refused('a provider that is not allowed')
  }

  async function add(request: AddRequest, bindings: Bindings): Promise<void> {
    const { key, certificate, comment, constraints } = decodeAdd(request, keyOptions)
    let kept = false
    try {
      const rules = rulesOf(constraints)
      const lifetime = rules.lifetime ?? options.lifetime
      if (isSecurityKey(key)) {
        if (!options.authenticator) throw refused('no security keys here')
        checkProvider(rules, bindings)
      } else if (rules.provider !== undefined) throw refused('a provider for a key that is in no security key')
      checkHopKeys(rules.destinations, keyOptions)
      if (!(await key.keyType.checkPrivate(key.exposeComponents()))) throw mismatch(key.type)
      // As OpenSSH does whenever it reads one.
      if (certificate) await verifyCertificateSignature(certificate, anyAlgorithm(keyOptions))
      if (lock.locked) throw refused('locked')
      const { blob } = certificate ?? key.publicKey
      const id = latin1(blob)
      const before = ring.get(id)
      if (before && !permitted(before, bindings)) throw refused('a key that may not be seen here')
      const size = 8 + blob.length + encodeText(comment).length
      let total = 5 + size
      for (const held of ring.values()) if (held !== before) total += held.size
      if (total > AGENT_MESSAGE) throw aboveLimit('list of keys', `${AGENT_MESSAGE} octets`)
      if (!before && ring.size >= maxKeys) throw aboveLimit('keys', maxKeys)
      const expires = lifetime === undefined ? Infinity : timer.now() + lifetime * 1000
      ring.set(id, { ...rules, key, blob, certified: certificate !== undefined, comment, size, expires })
      kept = true
      before?.key.wipe()
      timer.set(Math.min(timer.at, expires))
    } finally {
      if (!kept) key.wipe()
    }
  }

  /** A constrained key signs logins alone, to where the connection is bound. */
  function checkDestination(held: Held, use: KeyUse, bindings: Bindings): void {
    if (held.destinations.length === 0) return
    const { purpose } = use
    const last = bindings.list.at(-1)
    if (!last || purpose.kind !== 'login' || !namesAlgorithm(held, purpose)) {
      throw refused('a key for certain destinations signs logins there alone')
    }
    if (!permitted(held, bindings, purpose.user)) throw refused('not a destination of this key')
    const { hostKey } = purpose
    // Behind a forwarding, only what is signed says which host it is for.
    const here = hostKey ? equalBytes(hostKey, last.host) : bindings.list.length === 1
    if (!here || !equalBytes(purpose.sessionId, last.sessionId)) throw refused('a login to another session')
  }

  /** What a web page could be shown must not be signed by its key (ssh-agent.c `check_websafe_message_contents`). */
  function checkApplication(held: Held, { purpose }: KeyUse): void {
    const { application } = held.key.exposeComponents()
    const fine = purpose.kind === 'login' ? namesAlgorithm(held, purpose) : purpose.kind === 'sshsig'
    if (!startsWithAt(application!, 'ssh:') && !fine) throw refused('a web key signs logins and SSHSIG alone')
  }

  async function sign({ key: blob, data, flags }: SignRequest, bindings: Bindings): Promise<AgentResponse> {
    const held = ring.get(latin1(blob))
    if (!held) throw refused('no such key')
    const { key, confirm, comment } = held
    const secure = isSecurityKey(key)
    if (secure || confirm || held.destinations.length > 0) {
      const use = { key: new Uint8Array(blob), comment, data: new Uint8Array(data), purpose: readPurpose(data, blob) }
      checkDestination(held, use, bindings)
      if (confirm) {
        if ((await options.confirm?.(use)) !== true) throw refused('not confirmed')
        checkHeld(held)
      }
      if (secure) checkApplication(held, use)
    }
    if (!secure) {
      const signature = await key.sign(data, { algorithm: algorithmOf(key.keyType, flags) })
      return { kind: 'signature', signature: signature.blob }
    }
    const request = authenticatorRequest(key, data, held.provider)
    const signature = new Uint8Array((await options.authenticator!(request)).blob)
    checkHeld(held)
    await verifySignature(key.publicKey, signature, data, { ...keyOptions, touchRequired: (request.flags & 1) !== 0 })
    return { kind: 'signature', signature }
  }

  async function answer(request: AgentRequest, bindings: Bindings): Promise<AgentResponse> {
    const { kind } = request
    const done = { kind: 'success' } as const
    if (kind === 'list') return list(bindings)
    if (kind === 'unlock') await lock.unlock(request.passphrase)
    else if (kind === 'extension' && request.name === SESSION_BIND)
      await bindSession(bindings, request.contents, keyOptions)
    else if (lock.locked) throw refused('locked')
    else if (kind === 'lock') await lock.lock(request.passphrase)
    else if (kind === 'sign') return sign(request, bindings)
    else if (kind === 'add') await add(request, bindings)
    else if (kind === 'remove') {
      const id = latin1(request.key)
      const held = ring.get(id)
      if (!held || !permitted(held, bindings)) throw refused('no such key')
      drop(id, held)
    } else if (kind === 'remove-all') wipe()
    else if (kind === 'extension' && request.name === QUERY) return encodeQueryAnswer([SESSION_BIND])
    else throw refused(`nothing that is done here: ${kind}`)
    return done
  }

  function wipe(): void {
    for (const [id, held] of ring) drop(id, held)
    timer.set(Infinity)
  }

  return {
    async respond(request, connection) {
      try {
        sweep()
        const bindings = connections.get(connection) ?? { attempted: false, list: [] }
        connections.set(connection, bindings)
        return await answer(request, bindings)
      } catch (error) {
        onError?.(error)
        const bind = request.kind === 'extension' && request.name === SESSION_BIND
        return { kind: bind ? 'extension-failure' : 'failure' }
      }
    },
    wipe,
  }
}
