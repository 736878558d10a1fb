/** Times of certificates: unix seconds as unsigned 64-bit integers (draft-miller-ssh-cert section 2.1). */

/** A point in time: unix seconds, or a `Date`. */
export type Time = bigint | number | Date

/** `validAfter` of a certificate that was always valid. */
export const ALWAYS: bigint = 0n

/** `validBefore` of a certificate that never expires. */
export const FOREVER: bigint = 0xffffffffffffffffn

/** Unix seconds, rounded down. Throws `TypeError` for what is not a point in time from 1970 on. */
export function unixSeconds(time: Time): bigint {
  if (typeof time === 'bigint' && time >= 0n && time <= FOREVER) return time
  // A Date of another realm is no instance of ours; anything else that converts to a number (null!) is a mistake.
  const date = Object.prototype.toString.call(time) === '[object Date]'
  const seconds = date ? (time as Date).getTime() / 1000 : time
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError('time: unix seconds of 64 bits or a valid Date expected')
  }
  return BigInt(Math.floor(seconds))
}
