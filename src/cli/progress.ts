/** Progress of long work, as one line on a terminal that is wiped when the work is done. */

import type { Progress } from '../crypto/progress.ts'

/** Milliseconds before anything is shown: most work is done by then. */
const PATIENCE_MS = 400

/** Shows the progress of `work` on stderr where that is a terminal. */
export async function withProgress<T>(
  label: string,
  work: (onProgress: ((progress: Progress) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return work(undefined)
  const started = Date.now()
  let shown = false
  const onProgress = ({ done, total }: Progress): void => {
    if (Date.now() - started < PATIENCE_MS) return
    const far = total === undefined ? `${Math.round(done / 1000)} s` : `${Math.floor((100 * done) / total)} %`
    process.stderr.write(`\r${label} … ${far}\x1b[K`)
    shown = true
  }
  try {
    return await work(onProgress)
  } finally {
    if (shown) process.stderr.write('\r\x1b[K')
  }
}

/** Octets of a file from which reading it is work that one may wonder about. */
const MUCH = 1 << 20

/** Says what is done with so many octets, in one go that nothing can be told from, where stderr is a terminal. */
export function withNotice<T>(label: string, { length }: { readonly length: number }, work: () => T): T {
  if (!process.stderr.isTTY || length < MUCH) return work()
  process.stderr.write(`${label} (${Math.round(length / MUCH)} MB) …`)
  try {
    return work()
  } finally {
    process.stderr.write('\r\x1b[K')
  }
}
