/** The OpenSSH of Debian sid, for what the system's is too old for: `tools/openssh-sid.sh` fetches it. */

import { existsSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Run, runProgram } from './support.ts'

/** Where the script puts it; another user's folder of that name is not touched. */
function binFolder(): string | undefined {
  const folder = process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid')
  if (!existsSync(join(folder, 'complete')) || statSync(folder).uid !== process.getuid?.()) return undefined
  return join(folder, 'bin')
}

const bin = binFolder()

/** A security key made of software, for `ssh-keygen -w`; `undefined` where it is not here. */
export const softwareSecurityKey: string | undefined =
  bin && existsSync(join(bin, 'sk-dummy.so')) ? realpathSync(join(bin, 'sk-dummy.so')) : undefined

/** A test that needs that OpenSSH; says aloud where it is missing, and fails in CI. */
export function withSid(name: string, body: (t: TestContext) => Promise<void>, ready = bin !== undefined): void {
  test(name, async (t) => {
    if (ready) return body(t)
    const what = 'run tools/openssh-sid.sh first'
    if (process.env.CI === 'true') throw new Error(`${what}: in CI this must be here`)
    console.log(`NOT TESTED: "${name}": ${what}`)
    t.skip(what)
  })
}

/** Runs one of its programs in UTC and the C locale, with the software security key. */
export function sid(program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<Run> {
  return runProgram(join(bin!, program), args, input, { SSH_SK_PROVIDER: softwareSecurityKey })
}

/** Runs a program that must succeed; gives its output. */
export async function mustSid(program: string, args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { code, out, err } = await sid(program, args, input)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}\n${out}${err}`)
  return out
}
