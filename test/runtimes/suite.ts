/**
 * The conformance suite: what the library must give in every runtime, as a list of named cases. It takes the library as
 * an argument and uses nothing of any platform but what the standards of the web give all of them.
 *
 * `tools/run-runtimes.mjs` packs the package, installs it, and runs this in nine runtimes.
 */
import { withSubtle } from '../crypto/without-subtle.ts'
import { octets } from '../support/bytes.ts'
import { agentCases } from './cases/agent.ts'
import { authorityCases } from './cases/authority.ts'
import { certificateCases } from './cases/certificates.ts'
import { cryptoKeyCases } from './cases/crypto-keys.ts'
import { edgeCases } from './cases/edge.ts'
import { generateCases } from './cases/generate.ts'
import { keyCases } from './cases/keys.ts'
import { krlCases } from './cases/krl.ts'
import { malformedCases } from './cases/malformed.ts'
import { platformCases } from './cases/platform.ts'
import { privateFileCases } from './cases/private-files.ts'
import { signatureCases } from './cases/signatures.ts'
import { sshsigCases } from './cases/sshsig.ts'
import { textCases } from './cases/text.ts'
import { writingCases } from './cases/writing.ts'
import { x509Cases } from './cases/x509.ts'
import type { Capability } from './gaps.ts'
import type { Library } from './library.ts'

/** Files by name, each in base64: `own/…` of test/vectors, `suite/…` of this folder, `shared/…` of the corpus. */
export type Files = Readonly<Record<string, string>>

/** What belongs to some runtimes alone: the sockets of agents, which Node, Deno and Bun have. */
export type Platform = Pick<typeof import('../../src/runtime/node/index.ts'), 'openAgent' | 'serveAgentSocket'>

/** What a case may use. */
export interface Given {
  readonly library: Library
  readonly platform: Platform | undefined
  /** Whether the corpus beside the repository is there. */
  readonly shared: boolean
  file(path: string): Uint8Array
  /** UTF-8. */
  text(path: string): string
  json<T>(path: string): T
  /** Paths that begin so, sorted. */
  paths(prefix: string): readonly string[]
}

/** One case. */
export interface Case {
  readonly name: string
  /** What the runtime must have for it to be run. */
  readonly needs: Capability | undefined
  run(): Promise<void>
}

type Body = () => unknown

/** Adds cases. */
export interface Add {
  /** What computes nothing that a platform could compute. */
  plain(name: string, body: Body, needs?: Capability): void
  /** What may use WebCrypto: once with it, once without. */
  crypto(name: string, body: Body, needs?: Capability): void
  /** What is about WebCrypto itself: with it only. */
  webCrypto(name: string, body: Body, needs?: Capability): void
}

/** What to run, of all groups: for finding out what a change broke. */
const groups: readonly (readonly [string, (given: Given, add: Add) => void])[] = [
  ['keys', keyCases],
  ['private files', privateFileCases],
  ['writing', writingCases],
  ['signatures', signatureCases],
  ['edge', edgeCases],
  ['generate', generateCases],
  ['certificates', certificateCases],
  ['sshsig', sshsigCases],
  ['krl', krlCases],
  ['text', textCases],
  ['agent', agentCases],
  ['authority', authorityCases],
  ['x509', x509Cases],
  ['crypto keys', cryptoKeyCases],
  ['platform', platformCases],
  ['malformed', malformedCases],
]

/** What the cases are given, of a library and a set of files. */
export function givenOf(library: Library, files: Files, platform?: Platform): Given {
  const file = (path: string): Uint8Array => {
    const found = files[path]
    if (found === undefined) throw new Error(`no file ${path} in the set`)
    return octets(atob(found))
  }
  const text = (path: string): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(file(path))
  const names = Object.keys(files).sort()
  return {
    library,
    platform,
    shared: files['shared/made/manifest.json'] !== undefined,
    file,
    text,
    json: <T>(path: string): T => JSON.parse(text(path)),
    paths: (prefix) => names.filter((name) => name.startsWith(prefix)),
  }
}

/** Every case, in order; no two have one name. */
export function conformance(library: Library, files: Files, platform?: Platform): readonly Case[] {
  const given = givenOf(library, files, platform)
  const cases: Case[] = []
  const names = new Set<string>()
  for (const [group, fill] of groups) {
    const add = (name: string, needs: Capability | undefined, body: Body) => {
      const full = `${group}: ${name}`
      if (names.has(full)) throw new Error(`two cases are called ${full}`)
      names.add(full)
      cases.push({
        name: full,
        needs,
        async run() {
          await body()
        },
      })
    }
    fill(given, {
      plain: (name, body, needs) => add(name, needs, body),
      webCrypto: (name, body, needs) => add(name, needs, body),
      crypto(name, body, needs) {
        add(`${name}, with WebCrypto`, needs, () => {
          if (!globalThis.crypto?.subtle) throw new Error('there is no crypto.subtle')
          return body()
        })
        add(`${name}, without WebCrypto`, needs, () =>
          withSubtle(undefined, async () => {
            if (globalThis.crypto.subtle) throw new Error('crypto.subtle is still there')
            await body()
          }),
        )
      },
    })
  }
  return cases
}
