/**
 * Blowfish's state and key schedule (Schneier, "Description of a New Variable-Length Key, 64-Bit Block Cipher", 1993), with
 * the salted schedule of bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999).
 *
 * A state is one `Int32Array`: the four S-boxes at 0 to 1023, the eighteen subkeys behind them. Table look-ups depend on the
 * key; bcrypt is defined so.
 */

const subkeys = 1024
const end = subkeys + 18

/** Integer square root, a few units off at most; `bits` is about the length of `n`. Newton, doubling the precision. */
function squareRoot(n: bigint, bits: number): bigint {
  if (bits < 64) return BigInt(Math.floor(Math.sqrt(Number(n))))
  const quarter = bits >> 2
  const guess = squareRoot(n >> BigInt(2 * quarter), bits - 2 * quarter) << BigInt(quarter)
  return (guess + n / guess) >> 1n
}

/** Terms `from` to `to - 1` of Chudnovsky's series for 1/pi by binary splitting: its P (0 at the end, unused), Q and T. */
function chudnovsky(from: number, to: number, end: number): readonly [bigint, bigint, bigint] {
  if (to - from > 1) {
    const middle = (from + to) >> 1
    const [p, q, t] = chudnovsky(from, middle, end)
    const [p2, q2, t2] = chudnovsky(middle, to, end)
    return [to === end ? 0n : p * p2, q * q2, q2 * t + p * t2]
  }
  if (from === 0) return [1n, 1n, 13591409n]
  const p = BigInt((6 * from - 5) * (2 * from - 1) * (1 - 6 * from))
  return [p, BigInt(from ** 3) * 10939058860032000n, p * BigInt(13591409 + 545140134 * from)]
}

/** The initial state: the hexadecimal digits of pi behind the point, the subkeys first. A few milliseconds of work. */
export function initialState(): Int32Array {
  // Computed, because 4 kB of random digits do not compress. A term gives 47.1 bits; Q and T come out with 55,000 bits,
  // of which 35,000 are enough.
  const bits = 32 * end + 64
  const terms = Math.ceil(bits / 47) + 1
  const [, q, t] = chudnovsky(0, terms, terms)
  const root = squareRoot(10005n << BigInt(2 * bits), 2 * bits + 14)
  const digits = ((426880n * root * (q >> 20000n)) / (t >> 20000n)).toString(16)
  const state = new Int32Array(end)
  for (let i = 0; i < end; i++) {
    state[(i + subkeys) % end] = Number.parseInt(digits.slice(8 * i + 1, 8 * i + 9), 16)
  }
  return state
}

/** Two Blowfish states, `a` and `b`, to compute with. Keys and data are 16 words each, used cyclically. */
export interface Blowfish {
  /** Sets both to the initial state. */
  reset(): void
  /** Key schedule of `a`; `data` of zeros is Blowfish's own. */
  expand(key: Int32Array, data: Int32Array): void
  /** Key schedule of both at once. */
  expandPair(keyA: Int32Array, keyB: Int32Array, dataA: Int32Array, dataB: Int32Array): void
  /** Encrypts words `at` and `at + 1` of `words` in place, with `a` or with `b`. */
  encipher(which: 'a' | 'b', words: Int32Array, at: number): void
  /** Overwrites both states. */
  wipe(): void
}

/**
 * Makes a {@link Blowfish}. What is measured here: V8 drops every bounds check where the arrays are constants of a closure
 * that is made once in a program, and where the longest index of the loop over the subkeys is seen to fit (hence two words
 * more). Rounds unrolled are 5 % faster still, not worth a page; four separate S-boxes or subkeys in variables are slower.
 */
function build(): Blowfish {
  const initial = initialState()
  const a = new Int32Array(end + 2)
  const b = new Int32Array(end + 2)

  const f = (x: number): number =>
    ((a[x >>> 24]! + a[256 + ((x >>> 16) & 255)]!) ^ a[512 + ((x >>> 8) & 255)]!) + a[768 + (x & 255)]!
  const g = (x: number): number =>
    ((b[x >>> 24]! + b[256 + ((x >>> 16) & 255)]!) ^ b[512 + ((x >>> 8) & 255)]!) + b[768 + (x & 255)]!

  const expand = (key: Int32Array, data: Int32Array): void => {
    for (let i = 0; i < 18; i++) a[subkeys + i]! ^= key[i & 15]!
    let l = 0
    let r = 0
    for (let n = 0; n < end; n += 2) {
      l ^= data[n & 15]! ^ a[subkeys]!
      r ^= data[(n + 1) & 15]!
      for (let j = subkeys + 1; j < end - 1; j += 2) {
        r = r ^ a[j]! ^ f(l)
        l = l ^ a[j + 1]! ^ f(r)
      }
      const swapped = r ^ a[end - 1]!
      r = l
      l = swapped
      const i = n < 18 ? subkeys + n : n - 18
      a[i] = l
      a[i + 1] = r
    }
  }

  // Each round waits for the one before, so that a processor with one state to work on idles half of the time: two states
  // interleaved take 1.2 to 1.8 times as long as one (the more, the busier the processor's other thread is).
  const expandPair = (keyA: Int32Array, keyB: Int32Array, dataA: Int32Array, dataB: Int32Array): void => {
    for (let i = 0; i < 18; i++) {
      a[subkeys + i]! ^= keyA[i & 15]!
      b[subkeys + i]! ^= keyB[i & 15]!
    }
    let l = 0
    let r = 0
    let m = 0
    let q = 0
    for (let n = 0; n < end; n += 2) {
      l ^= dataA[n & 15]! ^ a[subkeys]!
      r ^= dataA[(n + 1) & 15]!
      m ^= dataB[n & 15]! ^ b[subkeys]!
      q ^= dataB[(n + 1) & 15]!
      for (let j = subkeys + 1; j < end - 1; j += 2) {
        r = r ^ a[j]! ^ f(l)
        q = q ^ b[j]! ^ g(m)
        l = l ^ a[j + 1]! ^ f(r)
        m = m ^ b[j + 1]! ^ g(q)
      }
      const swappedA = r ^ a[end - 1]!
      const swappedB = q ^ b[end - 1]!
      r = l
      q = m
      l = swappedA
      m = swappedB
      const i = n < 18 ? subkeys + n : n - 18
      a[i] = l
      a[i + 1] = r
      b[i] = m
      b[i + 1] = q
    }
  }

  const encipher = (which: 'a' | 'b', words: Int32Array, at: number): void => {
    const state = which === 'a' ? a : b
    const round = which === 'a' ? f : g
    let l = words[at]! ^ state[subkeys]!
    let r = words[at + 1]!
    for (let j = subkeys + 1; j < end - 1; j += 2) {
      r = r ^ state[j]! ^ round(l)
      l = l ^ state[j + 1]! ^ round(r)
    }
    words[at] = r ^ state[end - 1]!
    words[at + 1] = l
  }

  return {
    reset: () => {
      a.set(initial)
      b.set(initial)
    },
    expand,
    expandPair,
    encipher,
    wipe: () => {
      a.fill(0)
      b.fill(0)
    },
  }
}

let shared: Blowfish | undefined

/**
 * The one {@link Blowfish} of this program, made on first use and kept: its initial state is a constant, and the closure must
 * be made once only. Its states hold nothing between turns of the event loop: `reset` first, and do not await in between.
 */
export function blowfish(): Blowfish {
  shared ??= build()
  return shared
}
