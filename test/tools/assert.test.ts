import node from 'node:assert/strict'
import { test } from 'node:test'
import shim from '../runtimes/assert.ts'

class Coded extends Error {
  readonly code: string
  constructor(code: string) {
    super(`message of ${code}`)
    this.code = code
  }
}

const boom = (): never => {
  throw new Coded('truncated')
}

/** Name of the case, then what it does with either assert. */
const cases: readonly (readonly [string, (assert: typeof node) => unknown])[] = [
  ['ok of 0', (a) => a.ok(0, 'Node takes seconds to make a message of the source')],
  ['ok of text', (a) => a.ok('x')],
  ['equal of number and text', (a) => a.equal(1 as unknown, '1')],
  ['equal of NaN', (a) => a.equal(Number.NaN, Number.NaN)],
  ['equal of 0 and -0', (a) => a.equal(0, -0)],
  ['equal of bigints', (a) => a.equal(1n << 64n, 18446744073709551616n)],
  ['notEqual of same', (a) => a.notEqual('a', 'a')],
  ['notEqual of others', (a) => a.notEqual('a', 'b')],
  ['deepEqual of bytes', (a) => a.deepEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))],
  ['deepEqual of other bytes', (a) => a.deepEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))],
  ['deepEqual of longer bytes', (a) => a.deepEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))],
  ['deepEqual of bytes and list', (a) => a.deepEqual(Uint8Array.of(1) as unknown, [1])],
  ['deepEqual of bytes and buffer', (a) => a.deepEqual(Uint8Array.of(1) as unknown, Buffer.of(1))],
  ['deepEqual of key order', (a) => a.deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 })],
  ['deepEqual of missing and undefined', (a) => a.deepEqual({ a: undefined } as unknown, {})],
  ['deepEqual of null prototype', (a) => a.deepEqual(Object.create(null), {})],
  ['deepEqual of -0 inside', (a) => a.deepEqual([0], [-0])],
  ['deepEqual of nested', (a) => a.deepEqual({ a: [{ b: 1n }] }, { a: [{ b: 1n }] })],
  ['deepEqual of nested others', (a) => a.deepEqual({ a: [{ b: 1n }] }, { a: [{ b: 2n }] })],
  ['deepEqual of sparse', (a) => a.deepEqual(new Array(2), [undefined, undefined])],
  ['deepEqual of symbols', (a) => a.deepEqual({ [Symbol.iterator]: 1 } as unknown, {})],
  ['deepEqual of dates', (a) => a.deepEqual(new Date(1), new Date(2))],
  ['deepEqual of errors', (a) => a.deepEqual(new Error('a'), new Error('b'))],
  ['notDeepEqual of same', (a) => a.notDeepEqual([1], [1])],
  ['match', (a) => a.match('abc', /b/)],
  ['match not', (a) => a.match('abc', /d/)],
  ['doesNotMatch', (a) => a.doesNotMatch('abc', /b/)],
  ['throws nothing', (a) => a.throws(() => 1)],
  ['throws', (a) => a.throws(boom)],
  ['throws of code', (a) => a.throws(boom, { code: 'truncated' })],
  ['throws of another code', (a) => a.throws(boom, { code: 'limit' })],
  [
    'throws of a code it lacks',
    (a) =>
      a.throws(
        () => {
          throw new Error('x')
        },
        { code: 'limit' },
      ),
  ],
  ['throws of message pattern', (a) => a.throws(boom, { message: /^message of/ })],
  ['throws of other message pattern', (a) => a.throws(boom, { message: /^other/ })],
  ['throws of pattern', (a) => a.throws(boom, /truncated/)],
  ['throws of other pattern', (a) => a.throws(boom, /limit/)],
  ['throws of class', (a) => a.throws(boom, Coded)],
  ['throws of other class', (a) => a.throws(boom, TypeError)],
  ['throws of predicate', (a) => a.throws(boom, (error: unknown) => error instanceof Coded)],
  ['throws of truthy predicate', (a) => a.throws(boom, (() => 1) as unknown as () => boolean)],
  ['rejects', (a) => a.rejects(Promise.reject(new Coded('limit')), { code: 'limit' })],
  ['rejects of function', (a) => a.rejects(async () => boom(), { code: 'truncated' })],
  ['rejects of another code', (a) => a.rejects(async () => boom(), { code: 'limit' })],
  ['rejects of nothing', (a) => a.rejects(async () => 1)],
  ['rejects of synchronous throw', (a) => a.rejects(boom as unknown as () => Promise<never>, { code: 'truncated' })],
  ['fail', (a) => a.fail('no')],
]

const passes = async (body: () => unknown): Promise<boolean> => {
  try {
    await body()
    return true
  } catch {
    return false
  }
}

for (const [name, body] of cases) {
  test(`${name}: the same verdict as node:assert/strict`, async () => {
    node.equal(await passes(() => body(shim as unknown as typeof node)), await passes(() => body(node)))
  })
}
