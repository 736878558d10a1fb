/**
 * Makes `edge.json`: signatures at the edges of Ed25519, ECDSA and RSA, and the verdict that each must get.
 *
 *   node --import tsx test/runtimes/make-edge.ts
 *
 * Nothing of the library is used: points by noble, numbers by BigInt, hashes by Node. What is signed is the message of
 * an SSHSIG (openssh-portable PROTOCOL.sshsig), so that each case can be shown to `ssh-keygen -Y check-novalidate`.
 * The script ends with an error where its answer is not the verdict and no reason is given. Ed25519's verdicts are
 * those of the design: A and R that are not canonical or of small order are refused, S ≥ L is refused, the equation
 * has no cofactor.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, hex, utf8 } from '../support/bytes.ts'
import type { EdgeCase } from './cases/edge.ts'
import { cases, string, u32 } from './edge/case.ts'
import { ecdsaEdges } from './edge/ecdsa.ts'
import { ed25519Edges } from './edge/ed25519.ts'
import { rsaEdges } from './edge/rsa.ts'

ed25519Edges()
ecdsaEdges()
rsaEdges()

const folder = mkdtempSync(join(tmpdir(), 'hawser-edge-'))
let asked = 0
const wrong: string[] = []
const out: EdgeCase[] = []
try {
  for (const { text, ...entry } of cases) {
    const blob = concat(
      utf8('SSHSIG'),
      u32(1),
      string(hex(entry.key)),
      string('file'),
      string(''),
      string('sha512'),
      string(hex(entry.signature)),
    )
    const body = Buffer.from(blob).toString('base64').replace(/.{70}/g, '$&\n').trimEnd()
    writeFileSync(join(folder, 'sig'), `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`)
    const { status } = spawnSync('ssh-keygen', ['-Y', 'check-novalidate', '-n', 'file', '-s', join(folder, 'sig')], {
      input: text,
    })
    const openssh = status === 0
    asked++
    if (openssh !== (entry.verdict === 'ok') && !entry.why)
      wrong.push(`${entry.group}: ${entry.name}: ${entry.verdict} here, ${openssh ? 'taken' : 'refused'} by ssh-keygen`)
    const { why, ...rest } = entry
    out.push(openssh !== (entry.verdict === 'ok') && why ? { ...rest, openssh, why } : { ...rest, openssh })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const version = execFileSync('sh', ['-c', 'ssh -V 2>&1']).toString().trim()
console.log(
  `${asked} cases shown to ${version}; ${out.filter(({ why }) => why).length} with another verdict, for a reason`,
)
for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exitCode = 1
else writeFileSync(new URL('edge.json', import.meta.url), `${JSON.stringify(out, null, 2)}\n`)
