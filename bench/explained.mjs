/**
 * Why a target is missed: what a profile of the row shows (`node bench/profile.mjs TOPIC ROW`). A row that is met again
 * needs no explanation: run.mjs says which stand here for nothing.
 */

/** How a row's name begins → why; the first that fits. */
const explained = [
  [
    'read a public line, Ed25519, decoded',
    'In the profile a third of the time is the decoding of base64 in JavaScript, which sshpk leaves to Buffer; an eighth is looking at the fields, a fifth finding out which format and which line it is (sshpk is told), the rest the copies at the boundary and judging. The opaque depth, which is what a list or an agent needs, meets the target.',
  ],
  [
    'the same + SHA256 fingerprint, Ed25519',
    'In the profile three tenths of the time is SHA-256 of one short message in JavaScript and a third base64 in both directions; the rest is the reading. sshpk leaves the first to OpenSSL and the second to Buffer.',
  ],
  [
    'verify, ECDSA P-256, import in each call',
    "About three quarters of the time are inside WebCrypto, as on the other side: importKey, checkEcKeyData and the wait for its thread. Ours adds the check that the point lies on its curve (5 µs, done before WebCrypto sees it so that the verdict is the same in every runtime), turning SSH's two integers into WebCrypto's 64 octets, and a copy of the message. With the key prepared the row is met.",
  ],
  [
    'read and check a certificate',
    'Six tenths of the time is waiting for WebCrypto, which does on both sides the same. Ours also reads the line (base64, 14 fields, two lists of options), reads the key of the authority and of the subject, and asks every question of the policy, for which the peer has nothing: that share is fixed, so it weighs most where the signature is fastest to verify.',
  ],
  [
    'bundle: root without x509, our own code',
    'Of the code formats/ is 28 parts in a hundred, crypto/ 19, wire/ 10, keys/ 9, text/ 8, cert/ 6, krl/ 6, sshsig/ 5, asn1/ 3: every key type, container, certificate, revocation list, text file, signature and their writers. Each subpath is measured against a budget of its own (tools/check-bundles.mjs), and the whole meets its 105 kB since the dependencies take 43 kB and not the 61 that were reckoned with.',
  ],
]

const explanationOf = ({ name }) => explained.find(([start]) => name.startsWith(start))?.[1]

const missedRows = (rows) => rows.filter(({ missed }) => missed.length > 0)

/** Rows that miss a target and of which nobody has said why. */
export const unexplained = (rows) => missedRows(rows).filter((row) => explanationOf(row) === undefined)

/** Explanations of rows that are met. */
export const needless = (rows) =>
  explained.map(([start]) => start).filter((start) => !missedRows(rows).some(({ name }) => name.startsWith(start)))

/** The missed targets as a list in Markdown. */
export function explainedList(rows) {
  const items = missedRows(rows).map((row) => {
    const figures = row.missed.map((peer) => {
      const again = row.secondRun?.[peer] ? ` and ${row.secondRun[peer].toFixed(2)}` : ''
      return `${peer} ${row.ratios[peer].toFixed(2)}${again} of ${row.targets[peer].toFixed(2)}`
    })
    return `- **${row.name}**: ${figures.join(', ')}. ${explanationOf(row) ?? '**Not explained.**'}`
  })
  return items.length > 0 ? items.join('\n') : 'None.'
}
