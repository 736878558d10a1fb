/** What the tests of `hawser agent serve` under real programs share. */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { formatCertificate, issueCertificate, type PrivateKey, parsePublicKey } from '../../src/index.ts'
import { type ServedAgent, serveCommand } from '../cli/agent-command.ts'
import { mustSid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, makeKeys, put, type Run, runProgram } from './support.ts'

/** Whose programs. */
export type Programs = 'system' | 'sid'

const sidBin = join(process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid'), 'bin')

export function program(programs: Programs, name: string): string {
  return programs === 'sid' && existsSync(join(sidBin, name)) ? join(sidBin, name) : findTool(name)!
}

/** Answers what ssh-add asks, and what the agent asks. */
const askpass = put('#!/bin/sh\ncat "$ANSWER_FILE"\n', 'askpass')
chmodSync(askpass, 0o700)
export const answer: string = put('secret\n', 'answer')
export const asking = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', ANSWER_FILE: answer }

/** Programs that have an agent. */
export interface Tools {
  run(name: string, args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Run>
  /** Runs one that must end with that code; gives what it wrote. */
  must(name: string, args: readonly string[], code?: number): Promise<string>
}

export function toolsWith(programs: Programs, socket: string, why: () => string = () => ''): Tools {
  const env = { SSH_AUTH_SOCK: socket, ...asking, ...(softwareSecurityKey && { SSH_SK_PROVIDER: softwareSecurityKey }) }
  const run: Tools['run'] = (name, args, more) => runProgram(program(programs, name), args, '', { ...env, ...more })
  return {
    run,
    async must(name, args, code = 0) {
      const ended = await run(name, args)
      assert.equal(ended.code, code, `${name} ${args.join(' ')}: ${ended.out}${ended.err} (${why()})`)
      return ended.out + ended.err
    },
  }
}

export async function withAgent(
  programs: Programs,
  body: (tools: Tools, agent: ServedAgent) => Promise<void>,
): Promise<void> {
  const provider = softwareSecurityKey ? ['--sk-provider', softwareSecurityKey] : []
  const helper = softwareSecurityKey && { SSH_SK_HELPER: join(sidBin, 'ssh-sk-helper') }
  const agent = await serveCommand(provider, { ...asking, ...helper })
  try {
    await body(toolsWith(programs, agent.socket, agent.stderr), agent)
    assert.equal(await agent.stop(), 0)
  } finally {
    await agent.stop('SIGKILL')
  }
}

/** A test with the system's programs, and one with sid's. */
export function both(
  name: string,
  tools: readonly string[],
  body: (programs: Programs, t: TestContext) => Promise<void>,
): void {
  interop(`${name}: the system's OpenSSH`, ['ssh-add', 'ssh-keygen', ...tools], (t) => body('system', t))
  withSid(`${name}: sid's OpenSSH`, (t) => body('sid', t))
}

export interface Files {
  readonly label: string
  readonly path: string
}

let shared: Promise<readonly Files[]> | undefined

/** Keys of all types that these programs know. */
export async function keysFor(programs: Programs): Promise<readonly Files[]> {
  shared ??= makeKeys('serve', [2048])
  const keys = [...(await shared)]
  if (!softwareSecurityKey) return keys
  for (const label of ['ed25519-sk', 'ecdsa-sk', ...(programs === 'sid' ? ['mldsa44-ed25519'] : [])]) {
    const path = fresh(label)
    await mustSid('ssh-keygen', ['-q', '-t', label, '-N', '', '-C', label, '-f', path])
    keys.push({ label, path })
  }
  return keys
}

export const base64 = (file: string): string => readFileSync(file, 'utf8').split(' ')[1]!
export const blobs = (listing: string): (string | undefined)[] =>
  listing
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1])

export async function certify(path: string, authority: PrivateKey, principal = 'a'): Promise<void> {
  const publicKey = parsePublicKey(get(`${path}.pub`))
  const request = {
    kind: 'user',
    publicKey,
    keyId: 'k',
    principals: [principal],
    validAfter: 0,
    validBefore: 4e9,
  } as const
  writeFileSync(`${path}-cert.pub`, formatCertificate(await issueCertificate(request, authority)))
}
