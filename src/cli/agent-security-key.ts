/**
 * Security keys of the agent, through OpenSSH's helper, which loads the library that speaks with them in a process of its
 * own (ssh-sk-client.c `sshsk_sign`, `client_converse`; ssh-sk-helper.c `process_sign`; msg.c).
 */

import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { Authenticator, AuthenticatorRequest } from '../agent/index.ts'
import { SignerError, UnsupportedError } from '../errors.ts'
import { decodeSignature } from '../keys/index.ts'
import { bad } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { tell } from './output.ts'

/** ssh-sk.h SSH_SK_HELPER_VERSION, SSH_SK_HELPER_SIGN. */
const VERSION = 5
const SIGN = 1
/** Most octets of an answer: a WebAuthn signature may hold some kilobytes. */
const ANSWER = 1 << 16
/** Bit of a key's flags: its user must be known to the security key, which takes a PIN. */
const VERIFY = 4

/** Where Debian, Fedora, Alpine, the BSDs and Homebrew keep it. */
const places = ['lib/openssh', 'libexec/openssh', 'lib/ssh', 'libexec', 'local/libexec'].map((place) => `/usr/${place}`)

function helper(): string {
  const found = process.env.SSH_SK_HELPER || places.map((p) => `${p}/ssh-sk-helper`).find((path) => existsSync(path))
  if (!found) throw new UnsupportedError('unsupported', 'ssh-sk-helper of OpenSSH is not installed')
  return found
}

/** Runs the helper with one request; gives what it says. */
function converse(request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(helper(), [], { stdio: ['pipe', 'pipe', 'inherit'], signal })
    const parts: Buffer[] = []
    let length = 0
    child.stdout.on('data', (part: Buffer) => {
      length += part.length
      if (length > ANSWER) child.kill()
      else parts.push(part)
    })
    child.on('error', reject)
    child.stdin.on('error', () => {}) // it ended before it read all; its exit code says the rest
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(parts))
      else reject(new SignerError('signer-failed', 'ssh-sk-helper failed'))
    })
    child.stdin.end(request)
  })
}

/** The key as the helper reads it, `sshkey_private_serialize`: the public blob, flags, handle, and a reserved string. */
function signRequest({ publicKey, flags, handle, message, provider = 'internal' }: AuthenticatorRequest): Uint8Array {
  const key = new Writer().raw(publicKey.blob).u8(flags).string(handle).string('').take()
  const body = new Writer().u8(VERSION).u32(SIGN).u8(0).u32(0)
  body.string(key).string(provider).string(message).string('').u32(0).string('')
  return new Writer().string(body.take()).take()
}

/** The real path of a library; the path itself where there is none. */
function resolved(provider: string): string {
  try {
    return realpathSync(provider)
  } catch {
    return provider
  }
}

/** What a keyring needs for security keys. `providers`: libraries that may be loaded, besides the helper's own. */
export function createSecurityKeys(
  providers: readonly string[],
  signal: AbortSignal,
): { readonly authenticator: Authenticator; allowProvider(provider: string): boolean } {
  const allowed = new Set(providers.map((provider) => realpathSync(provider)))
  const allowProvider = (provider: string): boolean => allowed.has(resolved(provider))
  return {
    allowProvider,
    async authenticator(request) {
      const { provider, flags } = request
      if (flags & VERIFY) throw new UnsupportedError('unsupported', 'a security key that asks for its PIN')
      const internal = provider === undefined || provider.toLowerCase() === 'internal'
      // Behind a link there may be something else by now.
      if (!internal && !allowProvider(provider)) throw new UnsupportedError('unsupported', 'another library')
      if (flags & 1) tell('touch the security key')
      const path = internal ? 'internal' : resolved(provider)
      const answer = new Reader(await converse(signRequest({ ...request, provider: path }), signal))
      const reader = answer.inner('answer of ssh-sk-helper')
      if (reader.u8('version') !== VERSION) throw bad('answer of ssh-sk-helper', `version ${VERSION}`)
      if (reader.u32('type') !== SIGN) throw new SignerError('signer-failed', 'the security key did not sign')
      const signature = decodeSignature(reader.string('signature'))
      reader.end('answer of ssh-sk-helper')
      return signature
    },
  }
}
