/** `hawser krl create`: makes a key revocation list. */

import type { Certificate, PublicKey } from '../index.ts'
import { createKrl, formatKrl, type Krl, mergeKrls } from '../krl/index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { needed, readArguments, UsageError, wholeNumber } from './arguments.ts'
import { checkStdin, checkTargets } from './files.ts'
import { readPublic, readSubject } from './key-files.ts'
import { printJson, shown, tell } from './output.ts'
import { readKrl } from './revocation-files.ts'
import { currentTime } from './time.ts'

const MOST = 0xffffffffffffffffn

/** `N`, or `N-M`. */
function serialRange(text: string): readonly [bigint, bigint] {
  const at = text.indexOf('-')
  const [first, last] = at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)]
  const from = wholeNumber(first, 'serial', 1n, MOST)
  return [from, wholeNumber(last, 'serial', from, MOST)]
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    ca: { type: 'string' },
    serial: { type: 'string', multiple: true },
    'key-id': { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    merge: { type: 'string', multiple: true },
    version: { type: 'string' },
    comment: { type: 'string' },
    out: { type: 'string' },
  })
  const { ca, key: keyFiles = [], merge = [], serial = [], 'key-id': keyIds = [], comment = '', force = false } = values
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: give a key to revoke with --key`)
  const out = needed(values.out, 'out')
  if (out === '' || out === '-') throw new UsageError('--out: the name of a file expected')
  const serials = serial.map(serialRange)
  const given = values.version === undefined ? undefined : wholeNumber(values.version, 'version', 0n, MOST)
  checkStdin([ca, ...keyFiles, ...merge])
  await checkTargets([out], force)

  const authority = ca === undefined ? null : await readPublic(ca)
  const subjects: (PublicKey | Certificate)[] = []
  for (const file of keyFiles) subjects.push(await readSubject(file, { passphrase: undefined, ask: !values.json }))
  const old: Krl[] = []
  for (const file of merge) old.push(await readKrl(file))
  const made = createKrl({
    // One more than the newest of the lists that it takes in: a list's number grows with each change.
    version: given ?? old.reduce((most, krl) => (krl.version >= most ? krl.version + 1n : most), 0n),
    generatedAt: currentTime(),
    comment,
    certificates: [
      ...(serials.length + keyIds.length > 0 ? [{ authority, serials, keyIds }] : []),
      ...subjects.filter((subject): subject is Certificate => 'publicKey' in subject),
    ],
    keys: subjects.filter((subject): subject is PublicKey => !('publicKey' in subject)),
  })
  const krl =
    old.length > 0
      ? { ...mergeKrls([made, ...old]), version: made.version, generatedAt: made.generatedAt, comment }
      : made
  const bytes = formatKrl(krl)
  await writeFileAtomic(out, bytes, { mode: 0o644, force })
  if (values.json) printJson({ file: out, version: krl.version, date: krl.generatedAt, comment, octets: bytes.length })
  else tell(`${shown(out)}: revocation list of ${bytes.length} octets written`)
  return 0
}
