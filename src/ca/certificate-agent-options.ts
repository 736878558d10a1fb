/** What a certificate agent is told and what it tells: its options and events. */

import type { LockOptions } from '../agent/lock.ts'
import type { KeyUse, SigningPurpose } from '../agent/purpose.ts'
import type { Agent } from '../agent-protocol/agent.ts'
import type { Random } from '../crypto/random.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { KeyType } from '../keys/key-type.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import type { AuthorityClient } from './client.ts'
import type { Ask } from './statement.ts'
import type { Tokens } from './token.ts'

/** What happens in the agent. None of it holds a secret. */
export type CertificateEvent =
  /** Somebody may have to log in, for which there are so many seconds. */
  | { readonly kind: 'asking'; readonly seconds: number }
  | { readonly kind: 'issued'; readonly certificate: Certificate; readonly secondsLeft: number }
  /** There is no certificate; for so many seconds nobody is asked again. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly pause: number }
  /** Key and certificate are gone. */
  | { readonly kind: 'expired'; readonly certificate: Certificate }
  /** A request was refused: `SshError`, or what another agent threw. */
  | { readonly kind: 'refused'; readonly error: unknown }

/** What an agent gets certificates with. */
export interface CertificateAgentOptions extends KeyOptions, LockOptions {
  readonly client: AuthorityClient
  readonly tokens: Tokens
  /** Type of its keys, one of `types`: Ed25519 serves. The others are for authorities, and for hosts that bind a session. */
  readonly keyType: KeyType
  /** RSA: bits. */
  readonly bits?: number | undefined
  /** Accounts, groups of hosts and lifetime to ask for; what is not said is up to the policy. */
  readonly ask?: Omit<Ask, 'kind'> | undefined
  /** Seconds before its end at which a certificate is no longer given out and a new one is asked for; 20 where not given. */
  readonly renewBefore?: number | undefined
  /** Seconds for a certificate, a person's login included; 120 where not given, as sshd's LoginGraceTime. */
  readonly patience?: number | undefined
  /** Seconds after a failure in which nobody is asked again; 5 where not given, longer where the authority says so. */
  readonly pause?: number | undefined
  /** The user's other agent: its keys stand behind the certificate, and what is not for the certificate goes to it. */
  readonly behind?: Agent | undefined
  /** Lets a host that the agent is forwarded to use the certificate. */
  readonly forwarded?: boolean | undefined
  /** Asked before each use of the certificate; anything but true denies. */
  readonly confirm?: ((use: KeyUse) => boolean | Promise<boolean>) | undefined
  /** Whether it signs what is no login; it does not where this is not given. */
  readonly allow?: ((purpose: SigningPurpose) => boolean) | undefined
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined
  readonly random?: Random | undefined
  readonly onEvent?: ((event: CertificateEvent) => void) | undefined
}
