import { startSshd, runSsh } from '/work/main/examples/quickstart/sshd.ts'
import { generateKey, formatPrivateKey, formatPublicKey } from '/work/main/src/index.ts'
import { writeFileSync, mkdtempSync } from 'node:fs'
import { userInfo } from 'node:os'
const d = mkdtempSync('/tmp/try-')
const k = await generateKey()
writeFileSync(d + '/id', await formatPrivateKey(k), { mode: 0o600 })
const t = Date.now()
const s = await startSshd({ authorizedKeys: formatPublicKey(k.publicKey) + '\n' })
console.log(Date.now() - t, s.port, s.hostKey)
writeFileSync(d + '/kh', `host ${s.hostKey}\n`)
const t2 = Date.now()
console.log(await runSsh({ port: s.port, user: userInfo().username, identity: d + '/id', command: 'echo hello; id -u; exit 3', knownHosts: d + '/kh', hostName: 'host' }), Date.now() - t2)
await s.stop()
console.log(s.log())
