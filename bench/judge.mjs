/**
 * The verdict on a row. A ratio is our speed over a peer's: 2 is twice as fast.
 *
 * A target from 0.8 to 1.5 lies within what a shared machine adds or takes, so it is missed only when two runs miss it by
 * more than a tenth; a higher one is missed when it is missed, and so is a size, which no machine changes.
 */

const isClose = ({ octets }, target) => octets === undefined && target >= 0.8 && target <= 1.5

/** The least ratio that passes. */
const floor = (row, target) => (isClose(row, target) ? target * 0.9 : target)

/** The peers whose target this run of the row misses. */
export const misses = (row) =>
  Object.keys(row.targets).filter((peer) => row.ratios[peer] < floor(row, row.targets[peer]))

/** Whether one run cannot tell. */
export const wantsSecondRun = (row) => misses(row).some((peer) => isClose(row, row.targets[peer]))

/** The row with its verdict and what was missed; `second` is another run of it, the better of both counts for a peer. */
export function judged(row, second) {
  const missed = misses(row).filter(
    (peer) => !second || !isClose(row, row.targets[peer]) || misses(second).includes(peer),
  )
  const verdict =
    Object.keys(row.targets).length === 0 ? '' : missed.length === 0 ? 'ok' : `missed: ${missed.join(', ')}`
  const repeated = second && { secondRun: second.ratios }
  return { ...row, ...repeated, missed, verdict }
}
