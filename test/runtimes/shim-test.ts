/**
 * The part of `node:test` that the smoke uses, for a browser page: registers, runs one after the other, counts.
 * A bundler puts it in the place of `node:test`.
 */

type Body = () => void | Promise<void>

const registered: { readonly name: string; readonly body: Body }[] = []
const path: string[] = []

/** Registers one test. */
export function test(name: string, body: Body): void {
  registered.push({ name: [...path, name].join(' > '), body })
}

/** Registers the tests that `body` registers, under `name`. */
export function describe(name: string, body: () => void): void {
  path.push(name)
  try {
    body()
  } finally {
    path.pop()
  }
}

export const it: typeof test = test
export default test

/** What a run gave. */
export interface Outcome {
  readonly pass: number
  readonly fail: number
  /** Name and error of each test that failed. */
  readonly failures: readonly string[]
}

/** Runs all registered tests in order. */
export async function run(): Promise<Outcome> {
  const failures: string[] = []
  for (const { name, body } of registered) {
    try {
      await body()
    } catch (error) {
      failures.push(
        `${name}: ${error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error)}`,
      )
    }
  }
  return { pass: registered.length - failures.length, fail: failures.length, failures }
}
