/** What the texts of several commands have in common. */

/** How a time is said. */
export const times: string = `Times (T) are ISO 8601 (2026-11-21, 2026-11-21T14:00, …T14:00:00+01:00), @ and unix seconds, YYYYMMDD[HHMM[SS]][Z],
or relative to now (+5m, -1h, +52w; s m h d w). Without a zone they are local.`

/** Options of every command. */
export const common: string = `  --json               one JSON object a line on standard output, refusals too
  --help               this text`

/** What is revoked. */
export const revocation: string = '  --krl F              what is revoked: a KRL, or public keys, one a line'
