/** Whether an authority can work. Asking costs a signature, so that the answer is kept for a while. */

import { encodeText } from '../wire/text.ts'
import { within } from './deadline.ts'
import type { AuthorityKey, Settings } from './options.ts'
import type { HealthAnswer } from './protocol.ts'

/** Seconds that an answer is kept, whoever asks. */
const KEPT = 10

/** What is signed to see whether the key is there. It is no certificate, whose octets begin with a length. */
const PROBE = 'hawser-ca: is the signer there?'

/** Tells how the parts are, looked at no more than once in ten seconds. */
export function healthOf(settings: Settings): () => Promise<HealthAnswer> {
  const { keys, store, clock, timeout } = settings
  const works = async (what: () => Promise<unknown>): Promise<'ok' | 'broken'> => {
    try {
      await within(timeout, 'health', what)
      return 'ok'
    } catch {
      // Which it is, is the caller's to find out: his parts know more than may be told here.
      return 'broken'
    }
  }
  const sign = ({ signer, algorithm }: AuthorityKey) => signer.sign(encodeText(PROBE), { algorithm })
  const look = async (): Promise<HealthAnswer> => {
    const used = [keys.user, ...(keys.host && keys.host.signer !== keys.user.signer ? [keys.host] : [])]
    const signer = await works(() => Promise.all(used.map(sign)))
    const stored = await works(() => store.get('health'))
    const status = signer === 'ok' && stored === 'ok' ? 'ok' : 'broken'
    return { status, signer, store: stored, replayAndRates: store.scope === 'shared' ? 'shared' : 'instance' }
  }
  // What is under way is shared, too: else whoever asks a thousand times at once has a thousand signatures made.
  let last: Promise<HealthAnswer> | undefined
  let looking = false
  let until = Number.NEGATIVE_INFINITY
  return async () => {
    const now = clock() / 1000
    if (last && (looking || (now < until && now > until - 2 * KEPT))) return last
    looking = true
    until = now + KEPT
    last = look().finally(() => {
      looking = false
    })
    return last
  }
}
