/**
 * Certificates that are made when somebody asks for one and forgotten when they are over, each with a key of its own, in
 * a keyring. All who ask at the same time wait for the same answer; after a failure nobody is asked for a while.
 */

import { createKeyring, type Keyring } from '../agent/keyring.ts'
import { refused } from '../agent/refused.ts'
import { createTimer } from '../agent/timer.ts'
import { encodeAdd } from '../agent-protocol/add.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import { AuthorityError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { generatePrivateKey } from '../keys/private-key.ts'
import { checkWhole } from '../wire/expect.ts'
import { escapeText, latin1 } from '../wire/text.ts'
import type { CertificateAgentOptions, CertificateEvent } from './certificate-agent-options.ts'
import { singleFlight, withDeadline } from './single-flight.ts'
import type { Token } from './token.ts'

/** Longest pause that an authority can ask for, in seconds. */
const LONGEST_PAUSE = 300

/** `1 min 43 s left`. */
export function timeLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} s left`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours} h ${minutes} min left` : `${minutes} min ${whole % 60} s left`
}

/**
 * Whom a certificate names, by its key id: what stands before ` by ` where it is one of this library's authority; at
 * most 128 characters, escaped.
 *
 * @example
 * ```ts
 * import { certificateOwner, formatKeyId } from 'hawser/ca'
 *
 * const keyId = formatKeyId({ id: 'alice@example.com', method: 'oidc', time: 1_800_000_000, serial: 42n })
 * console.log(certificateOwner({ keyId })) // alice@example.com
 * ```
 */
export function certificateOwner({ keyId }: Pick<Certificate, 'keyId'>): string {
  return escapeText(keyId.split(' by ', 1)[0]!, 128)
}

/** The certificates of an agent. */
export interface CertificateSupply {
  /** Has the keys and signs. */
  readonly keyring: Keyring
  /** While it is locked, nothing new is kept. */
  locked: boolean
  /** Forgets what is over. */
  sweep(): void
  /** The newest that is not over. */
  newest(): Certificate | undefined
  /** The newest, where it has enough time left to be given out. */
  fresh(): Certificate | undefined
  /** The one with that blob, which may be an older one. */
  find(blob: Uint8Array): Certificate | undefined
  /** Forgets the one with that blob. */
  drop(blob: Uint8Array): void
  secondsLeft(certificate: Certificate): number
  /** The newest, or a new one. */
  certificate(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<Certificate>
  /** A new one by that token, which is kept once it has served. */
  accept(token: Token): Promise<Certificate>
  /** Forgets certificates and token; the keys are the keyring's to wipe. */
  forget(): void
}

/** A supply, empty at first. */
export function createCertificateSupply(
  options: CertificateAgentOptions,
  onError: (error: unknown) => void,
): CertificateSupply {
  const { client, tokens, keyType, ask = {}, clock = Date.now } = options
  const { renewBefore = 20, patience = 120, pause = 5 } = options
  checkWhole('renewBefore', renewBefore, 0)
  checkWhole('patience', patience, 1, 86_400)
  checkWhole('pause', pause, 0, 86_400)
  const onEvent = (event: CertificateEvent): void => options.onEvent?.(event)
  /** By blob, the newest last. Keys and their ends are the keyring's; this is what to say of them. */
  const held = new Map<string, { readonly certificate: Certificate; readonly ends: number }>()
  const keyring = createKeyring({
    types: options.types,
    limits: options.limits,
    random: options.random,
    delay: options.delay,
    clock: options.clock,
    onError,
  })
  /** Rings when the next certificate ends. It keeps no process. */
  const timer = createTimer(options.clock, sweep)
  let failure: { readonly error: unknown; readonly until: number } | undefined
  /** Counts what was forgotten: what was asked for before is not kept after. */
  let wiped = 0

  const secondsLeft = ({ validBefore }: Certificate): number => Number(validBefore) - clock() / 1000

  /** Forgets what is over, by the wall's clock or by the steady one; the keyring wipes by the lifetime that it was told. */
  function sweep(): void {
    const now = timer.now()
    let next = Infinity
    for (const [id, { certificate, ends }] of held) {
      if (ends > now && secondsLeft(certificate) > 0) next = Math.min(next, ends)
      else {
        held.delete(id)
        onEvent({ kind: 'expired', certificate })
      }
    }
    timer.set(next)
  }

  function newest(): Certificate | undefined {
    sweep()
    return [...held.values()].at(-1)?.certificate
  }

  function fresh(): Certificate | undefined {
    const last = newest()
    return last && secondsLeft(last) >= renewBefore ? last : undefined
  }

  /** A certificate by that token, for a key of its own; both are kept. */
  async function issue({ token }: Token, signal: AbortSignalLike, round: number): Promise<Certificate> {
    const key = await generatePrivateKey(keyType, { bits: options.bits, random: options.random, signal })
    try {
      const certificate = await client.requestUserCertificate({ ...ask, signer: key, token, signal })
      throwIfAborted(signal)
      if (round !== wiped || supply.locked) throw refused('locked or emptied in the meantime')
      const left = secondsLeft(certificate)
      const add = encodeAdd(key, {
        certificate,
        comment: certificateOwner(certificate),
        constraints: [{ kind: 'lifetime', seconds: Math.min(Math.max(1, Math.ceil(left)), 0xffff_ffff) }],
      })
      try {
        const { kind } = await keyring.respond(add, { closed: new Promise<void>(() => {}) })
        if (kind !== 'success') throw refused('the keyring does not take the certificate')
      } finally {
        add.contents.fill(0)
      }
      held.set(latin1(certificate.blob), { certificate, ends: timer.now() + left * 1000 })
      sweep()
      onEvent({ kind: 'issued', certificate, secondsLeft: Math.floor(left) })
      return certificate
    } finally {
      // The keyring has a copy of its own.
      key.wipe()
    }
  }

  /** A token and a certificate with it; where the authority no longer takes a token that was kept, once more. */
  async function obtain(signal: AbortSignalLike): Promise<Certificate> {
    const round = wiped
    const first = await tokens.get({ signal })
    try {
      return await issue(first, signal, round)
    } catch (error) {
      if (!(error instanceof AuthorityError) || error.code !== 'unauthenticated') throw error
      tokens.forget(first.token)
      const second = await tokens.get({ signal })
      if (second.token === first.token) {
        tokens.forget(second.token)
        throw error
      }
      return issue(second, signal, round)
    }
  }

  const late = (): unknown => new AuthorityError('login-failed', `no certificate within ${patience} s`)
  const fly = singleFlight(async (signal) => {
    onEvent({ kind: 'asking', seconds: patience })
    try {
      const certificate = await withDeadline(patience * 1000, signal, late, obtain)
      failure = undefined
      return certificate
    } catch (error) {
      const asked = error instanceof AuthorityError ? (error.retryAfter ?? 0) : 0
      // Nobody waits any more: whoever comes next has done nothing wrong.
      const seconds = signal.aborted ? 0 : Math.min(Math.max(pause, asked), LONGEST_PAUSE)
      failure = { error, until: timer.now() + seconds * 1000 }
      onEvent({ kind: 'failed', error, pause: seconds })
      throw error
    }
  })

  const supply: CertificateSupply = {
    keyring,
    locked: false,
    sweep,
    newest,
    fresh,
    find: (blob) => held.get(latin1(blob))?.certificate,
    drop: (blob) => void held.delete(latin1(blob)),
    secondsLeft,
    async certificate({ signal } = {}) {
      const last = fresh()
      if (last) return last
      if (failure && failure.until > timer.now()) throw failure.error
      return fly(signal)
    },
    async accept(token) {
      const issued = await withDeadline(patience * 1000, undefined, late, (signal) => issue(token, signal, wiped))
      tokens.accept(token)
      failure = undefined
      return issued
    },
    forget() {
      wiped++
      held.clear()
      tokens.forget()
      failure = undefined
      timer.set(Infinity)
    },
  }
  return supply
}
