/** Times in OpenSSH's text files and arguments: `YYYYMMDD[HHMM[SS]][Z]` (openssh-portable misc.c `parse_absolute_time`). */

const form = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z|UTC)?$/i

/**
 * Unix seconds, or `undefined` where the text is no such time or lies before 1970. Without `Z` or `UTC` the time is
 * local, by the runtime's zone. As in OpenSSH, 31 February is a day early in March.
 */
export function parseAbsoluteTime(text: string): bigint | undefined {
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone] = form.exec(text) ?? []
  const [y, mon, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (y < 1970 || mon < 1 || mon > 12 || d < 1 || d > 31 || h > 23 || min > 59 || s > 60) return undefined
  const ms = zone ? Date.UTC(y, mon - 1, d, h, min, s) : new Date(y, mon - 1, d, h, min, s).getTime()
  return ms < 0 ? undefined : BigInt(ms / 1000)
}
