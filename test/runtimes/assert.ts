/**
 * The part of `node:assert/strict` that the conformance suite uses, in every runtime, exactly as strict as Node's.
 * `test/tools/assert.test.ts` holds the two against each other.
 */

/** What a failed assertion throws. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

type Check = (new (...args: never[]) => unknown) | RegExp | ((error: unknown) => unknown) | Record<string, unknown>

function refuse(message: string | undefined, otherwise: string): never {
  throw new AssertionError(message ?? otherwise)
}

function show(value: unknown): string {
  return typeof value === 'bigint'
    ? `${value}n`
    : (JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)) ?? String(value))
}

/** Same prototype, same own enumerable keys, same values; `Object.is` at the leaves. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (a instanceof Date && !Object.is(a.getTime(), (b as Date).getTime())) return false
  if (a instanceof RegExp && String(a) !== String(b)) return false
  if (a instanceof Error && (a.name !== (b as Error).name || a.message !== (b as Error).message)) return false
  // What is held out of sight has to be looked at in its own way; nothing here needs it, so it is not guessed.
  if (
    a instanceof Map ||
    a instanceof Set ||
    a instanceof ArrayBuffer ||
    a instanceof Promise ||
    a instanceof WeakMap
  ) {
    throw new TypeError('deepEqual of this shim does not compare such objects')
  }
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false
  const keys = ownKeys(a)
  const others = ownKeys(b)
  if (keys.length !== others.length) return false
  return keys.every((key) => others.includes(key) && same(Reflect.get(a, key), Reflect.get(b, key)))
}

function ownKeys(value: object): readonly PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
}

/** Does `error` meet `check`? Throws where it does not. */
function meets(error: unknown, check: Check | undefined): void {
  if (check === undefined) return
  if (check instanceof RegExp) {
    if (!check.test(String(error))) refuse(undefined, `${String(error)} does not match ${check}`)
  } else if (typeof check === 'function') {
    const isClass = check === Error || check.prototype instanceof Error
    if (isClass) {
      if (!(error instanceof (check as new () => unknown))) throw error
    } else if ((check as (error: unknown) => unknown)(error) !== true)
      refuse(undefined, 'the check did not return true')
  } else {
    const keys: string[] = Object.keys(check)
    if (check instanceof Error) keys.push('name', 'message')
    for (const key of keys) {
      const actual = (error as Record<string, unknown>)[key]
      const expected = (check as Record<string, unknown>)[key]
      const holds =
        expected instanceof RegExp && typeof actual === 'string' ? expected.test(actual) : same(actual, expected)
      if (!holds) refuse(undefined, `${key} is ${show(actual)}, expected ${show(expected)}`)
    }
  }
}

function ok(value: unknown, message?: string): asserts value {
  if (!value) refuse(message, `${show(value)} is not truthy`)
}

function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) refuse(message, `${show(actual)} is not ${show(expected)}`)
}

function notEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) refuse(message, `both are ${show(actual)}`)
}

function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!same(actual, expected)) refuse(message, `${show(actual)} is not ${show(expected)}`)
}

function notDeepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (same(actual, expected)) refuse(message, `both are ${show(actual)}`)
}

function match(text: string, pattern: RegExp, message?: string): void {
  if (typeof text !== 'string' || !pattern.test(text)) refuse(message, `${show(text)} does not match ${pattern}`)
}

function doesNotMatch(text: string, pattern: RegExp, message?: string): void {
  if (typeof text !== 'string' || pattern.test(text)) refuse(message, `${show(text)} matches ${pattern}`)
}

function throws(body: () => unknown, check?: Check): void {
  try {
    body()
  } catch (error) {
    meets(error, check)
    return
  }
  refuse(undefined, 'nothing was thrown')
}

async function rejects(body: Promise<unknown> | (() => Promise<unknown>), check?: Check): Promise<void> {
  // A function that throws before it returns a promise is not a rejection: let it through, as Node does.
  const promise = typeof body === 'function' ? body() : body
  try {
    await promise
  } catch (error) {
    meets(error, check)
    return
  }
  refuse(undefined, 'nothing was rejected')
}

function fail(message?: string): never {
  refuse(message, 'failed')
}

/** All of it, as `node:assert/strict` has it by default. */
interface Assert {
  (value: unknown, message?: string): asserts value
  readonly AssertionError: typeof AssertionError
  readonly ok: (value: unknown, message?: string) => asserts value
  readonly equal: typeof equal
  readonly strictEqual: typeof equal
  readonly notEqual: typeof notEqual
  readonly notStrictEqual: typeof notEqual
  readonly deepEqual: typeof deepEqual
  readonly deepStrictEqual: typeof deepEqual
  readonly notDeepEqual: typeof notDeepEqual
  readonly match: typeof match
  readonly doesNotMatch: typeof doesNotMatch
  readonly throws: typeof throws
  readonly rejects: typeof rejects
  readonly fail: typeof fail
}

const assert: Assert = Object.assign((value: unknown, message?: string): void => ok(value, message), {
  AssertionError,
  ok,
  equal,
  strictEqual: equal,
  notEqual,
  notStrictEqual: notEqual,
  deepEqual,
  deepStrictEqual: deepEqual,
  notDeepEqual,
  match,
  doesNotMatch,
  throws,
  rejects,
  fail,
})

export { deepEqual, doesNotMatch, equal, fail, match, notDeepEqual, notEqual, ok, rejects, throws }
export default assert
