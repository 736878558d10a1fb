/**
 * The measurement: the contestants of a row take turns in one process, 15 rounds, and the medians are compared.
 *
 * A shared machine changes its speed from second to second. Turns of a hundredth of a second let everybody have the same
 * good and bad moments, and a median forgets the worst of them.
 */

/** Fewer, to try whether the bench runs; such figures say nothing. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
/** A sample is at least this long. */
const SAMPLE_MS = 6
/** What a sample is planned to take, so that a faster moment does not make it too short. */
const PLAN_MS = 8
/** Warm-up ends when a call has ceased to become faster, between these two. */
const WARM_UP_MS = [60, 200]
/** Whose time no target asks for is timed in every third round, and in every fifth where a call takes longer than this. */
const SLOW_MS = 50

/** Results go here, so that no call is without use and none can be left out by the compiler. */
export const sink = { last: undefined }

/** Milliseconds of `count` calls; each gets its number, to choose from its inputs. */
async function time(contestant, count) {
  const { work, async } = contestant
  const begun = performance.now()
  if (async) for (let i = 0; i < count; i++) sink.last = await work(i)
  else for (let i = 0; i < count; i++) sink.last = work(i)
  return performance.now() - begun
}

async function warmUp(contestant) {
  const begun = performance.now()
  const first = contestant.work(0)
  contestant.async = first instanceof Promise
  sink.last = await first
  let spent = performance.now() - begun
  let perCall = spent
  let settled = false
  const [least, most] = WARM_UP_MS
  for (let count = 1; spent < most && !(settled && spent >= least); ) {
    const took = await time(contestant, count)
    settled = took > SAMPLE_MS / 2 && took / count > perCall * 0.95
    spent += took
    perCall = took / count
    if (took < SAMPLE_MS) count *= 2
  }
  contestant.count = Math.max(1, Math.ceil(PLAN_MS / perCall))
  contestant.every = contestant.aimed ? 1 : perCall > SLOW_MS ? 5 : 3
}

async function sample(contestant) {
  for (;;) {
    const took = await time(contestant, contestant.count)
    if (took >= SAMPLE_MS) return took / contestant.count
    contestant.count = Math.ceil(contestant.count * 1.5)
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Runs functions `{ name: (i) => … }` in turns. Gives the median milliseconds of one call for each name. `aimed` are the
 * names that a target asks for. One round has no warm-up: it is for what takes seconds.
 */
export async function alternate(works, { rounds = ROUNDS, aimed = Object.keys(works) } = {}) {
  const contestants = Object.entries(works).map(([name, work]) => ({
    name,
    work,
    aimed: aimed.includes(name),
    samples: [],
  }))
  for (const contestant of contestants) {
    if (rounds > 1) await warmUp(contestant)
    else Object.assign(contestant, { async: true, count: 1, every: 1 })
  }
  for (let round = 0; round < rounds; round++) {
    // Another one begins in each round, so that nobody always collects the garbage of the same neighbour.
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(round + i) % contestants.length]
      if (round % contestant.every === 0) contestant.samples.push(await sample(contestant))
    }
  }
  return Object.fromEntries(contestants.map(({ name, samples }) => [name, median(samples)]))
}
