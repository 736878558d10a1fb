/** Runs the suite in the runtime it is called in, and says what came of it as plain data. */
import { type Capability, gaps, probeAll, type Runtime } from './gaps.ts'
import type { Library } from './library.ts'
import { conformance, type Files, type Platform } from './suite.ts'

/** What a run gave. */
export interface Outcome {
  /** What the runtime calls itself. */
  readonly version: string
  readonly pass: number
  readonly fail: number
  /** Cases not run, by the capability that is lacking. */
  readonly gaps: Readonly<Record<string, number>>
  /** Rows of the table of gaps that this runtime is said to lack. */
  readonly lacks: readonly string[]
  /** Pass, fail and gaps: the same number in every runtime. */
  readonly cases: number
  /** SHA-256 of the names of all cases. */
  readonly names: string
  /** Name and error of what failed, the table of gaps included. */
  readonly failures: readonly string[]
  /** Whether the corpus was there. */
  readonly shared: boolean
}

/** How to run. */
export interface RunOptions {
  readonly runtime: Runtime
  readonly version?: string | undefined
  readonly platform?: Platform | undefined
  /** Only cases whose name contains this. */
  readonly filter?: string | undefined
}

/** Runs every case, one after the other. */
export async function run(library: Library, files: Files, options: RunOptions): Promise<Outcome> {
  const { runtime, platform, filter } = options
  const failures: string[] = []
  const has = await probeAll()
  for (const [name, { lacks }] of Object.entries(gaps)) {
    const expected = !lacks.includes(runtime)
    if (has[name as Capability] === expected) continue
    failures.push(`table of gaps: ${runtime} ${expected ? 'lacks' : 'has'} ${name}, which gaps.ts denies`)
  }
  const notRun: Record<string, number> = {}
  const cases = conformance(library, files, platform).filter(({ name }) => !filter || name.includes(filter))
  let pass = 0
  let fail = 0
  for (const { name, needs, run: body } of cases) {
    if (needs && gaps[needs].lacks.includes(runtime)) {
      notRun[needs] = (notRun[needs] ?? 0) + 1
      continue
    }
    // A page that never rests is taken for one that hangs.
    if ((pass + fail) % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 0))
    try {
      await body()
      pass++
    } catch (error) {
      fail++
      failures.push(
        `${name}: ${error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error)}`,
      )
    }
  }
  const { sha256 } = library.crypto
  const names = [...sha256.digest(new TextEncoder().encode(cases.map(({ name }) => name).join('\n')))]
  return {
    version: options.version ?? (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ?? '',
    pass,
    fail,
    gaps: notRun,
    lacks: Object.keys(gaps).filter((name) => gaps[name as Capability].lacks.includes(runtime)),
    cases: cases.length,
    names: names.map((octet) => octet.toString(16).padStart(2, '0')).join(''),
    failures,
    shared: files['shared/made/manifest.json'] !== undefined,
  }
}
