/**
 * The whole of it, with a real sshd: keys made, imported, attached, replaced, lost, detached; people and groups; who it was
 * that logged in. It ends with an error at the first thing that is not as it should be.
 */

import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { formatPrivateKey, formatPublicKey, generateKey } from 'hawser'
import { readKeyFile, writeFileAtomic } from 'hawser/node'
import { counts, heading, refused, tell, typed, works } from '../../lab/tell.ts'
import { findTool } from '../../quickstart/sshd.ts'
import { openSite } from './site.ts'

for (const tool of ['ssh', 'sshd', 'ssh-keygen']) if (!findTool(tool)) throw new Error(`${tool} is not installed`)
/** RSA with 1024 bits, by openssl. */
const weakKey = `-----BEGIN RSA PUBLIC KEY-----
MIGJAoGBAM6lP87D4UYNfjo4zJzgjuKOVygl2Xjlshegd3Nk2vldmBDIKZvsfAZi
ATWB44qqIOohoo9gXA3QO8y542hF6t+DneCouAdY7W75jHWfmXqfdINWun05PmqK
kWmJrXRdv4byemYciRu/SFRN+DAqub976oT2LNT2IAPAdxEN8EJXAgMBAAE=
-----END RSA PUBLIC KEY-----
`
const begun = performance.now()
const site = await openSite()
const at = (name: string): string => join(site.folder, name)
const must = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(`${what}: not so`)
}
const denied = /Permission denied \(publickey\)/
const id = 'i-demo0001'
const on = { InstanceIds: JSON.stringify([id]) }
const reboot = () => site.call('RebootInstance', { InstanceId: id })

try {
  heading('The service')
  tell(site.said.replaceAll(`${site.folder}/`, ''))
  must(
    'the file of the first access key is its owner’s alone',
    (statSync(at('access-key.json')).mode & 0o777) === 0o600,
  )
  const sshd = await site.instance(id)
  tell(`${id}: sshd on 127.0.0.1:${sshd.port}, with the homes of that folder`)

  heading('A key pair: its private key is shown once')
  const made = site.command(['CreateKeyPair', '--KeyPairName', 'web', '--out', at('web.pem')])
  must(made.err, made.code === 0)
  tell(made.out.replaceAll(`${site.folder}/`, ''))
  const { FingerPrints } = await site.call('DescribeFingerPrints', { KeyPairName: 'web' })
  for (const { Form, Value } of (FingerPrints as { FingerPrint: { Form: string; Value: string }[] }).FingerPrint) {
    tell(`  ${Form.padEnd(16)}${Value.length > 64 ? `${Value.slice(0, 63)}…` : Value}`)
  }

  heading('Attached, and in effect after a reboot')
  await site.call('AttachKeyPair', { KeyPairName: 'web', ...on })
  refused('web.pem, before the reboot', await site.login(sshd, at('web.pem')), denied)
  await reboot()
  works('web.pem', await site.login(sshd, at('web.pem')), new RegExp(`^${site.user}\n`))

  heading('Imported, in place of the first')
  const own = await generateKey('ed25519', { comment: 'carol@laptop' })
  await writeFileAtomic(at('carol'), await formatPrivateKey(own))
  await site.call('ImportKeyPair', {
    KeyPairName: 'carol',
    PublicKeyBody: formatPublicKey(own.publicKey, { format: 'rfc4716' }),
  })
  await site.call('AttachKeyPair', { KeyPairName: 'carol', ...on })
  works('web.pem, still', await site.login(sshd, at('web.pem')), /./)
  refused('carol, not yet', await site.login(sshd, at('carol')), denied)
  await reboot()
  works('carol', await site.login(sshd, at('carol')), /./)
  refused('web.pem, no more', await site.login(sshd, at('web.pem')), denied)

  heading('A private key is lost')
  typed('rm carol')
  rmSync(at('carol'))
  own.wipe()
  const again = site.command(['CreateKeyPair', '--KeyPairName', 'spare', '--out', at('spare.pem')])
  must(again.err, again.code === 0 && existsSync(at('spare.pem')))
  await site.call('AttachKeyPair', { KeyPairName: 'spare', ...on })
  await reboot()
  works('spare.pem', await site.login(sshd, at('spare.pem')), /./)

  heading('People, each with a key of their own, and groups')
  await site.call('CreateGroup', { GroupName: 'ops' })
  for (const name of ['alice', 'bob']) {
    const key = await generateKey('ed25519', { comment: name })
    await writeFileAtomic(at(name), await formatPrivateKey(key))
    await site.call('ImportKeyPair', { KeyPairName: `${name}-key`, PublicKeyBody: formatPublicKey(key.publicKey) })
    key.wipe()
    await site.call('CreateUser', { UserName: name })
    await site.call('AssignKeyPair', { UserName: name, KeyPairName: `${name}-key` })
    await site.call('AddUserToGroup', { UserName: name, GroupName: 'ops' })
  }
  await site.call('AttachGroup', { GroupName: 'ops', ...on })
  await reboot()
  for (const name of ['alice', 'bob']) works(name, await site.login(sshd, at(name)), /./)
  await site.call('DeleteUser', { UserName: 'bob' })
  await reboot()
  refused('bob, who has left', await site.login(sshd, at('bob')), denied)

  heading('Detached')
  await site.call('DetachKeyPair', { KeyPairName: 'spare', ...on })
  works('spare.pem, still', await site.login(sshd, at('spare.pem')), /./)
  await reboot()
  refused('spare.pem', await site.login(sshd, at('spare.pem')), denied)

  heading('Who was it?')
  const { Logins } = await site.call('DescribeLogins', { PageSize: '50' })
  const logins = (Logins as { Login: Record<string, string | null>[] }).Login
  for (const login of logins) {
    tell(`  ${login.Time}  ${login.Account} from ${login.Address} with ${login.KeyPairName}: ${login.UserName ?? '-'}`)
    tell(`      ${login.FingerPrint}`)
  }
  must('each login is recorded once', logins.length === counts.logins)
  must('people are named', logins.map(({ UserName }) => UserName ?? '-').join() === '-,bob,alice,-,-,-,-')
  const { Holders } = await site.call('DescribeKeyHolders', { History: 'true' })
  for (const it of (Holders as { Holder: Record<string, string | null>[] }).Holder) {
    tell(`  ${(it.UserName ?? '-').padEnd(7)}${it.KeyPairName?.padEnd(11)}${it.InstanceId}  since ${it.Since}`)
  }

  heading('What is refused, and changes nothing')
  const before = JSON.stringify((await site.call('DescribeKeyPairs')).KeyPairs)
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
  const bad = { KeyPairName: '7 keys', PublicKeyBody: line }
  refused('a bad name', await site.refusal('ImportKeyPair', bad), /InvalidKeyPairName.Malformed: .*/)
  refused('a name that is taken', await site.refusal('CreateKeyPair', { KeyPairName: 'web' }), /KeyPair.AlreadyExist/)
  const pem = new TextDecoder().decode(await readKeyFile(at('web.pem')))
  const secret = { KeyPairName: 'oops', PublicKeyBody: pem }
  refused('a private key', await site.refusal('ImportKeyPair', secret), /is-private-key: .*/)
  const kept = site.command(['ImportKeyPair', '--KeyPairName', 'oops', '--PublicKeyBody', `@${at('web.pem')}`])
  refused('a private key, at the command', kept, /it was not sent/)
  const short = { KeyPairName: 'weak', PublicKeyBody: weakKey }
  refused('a weak key', await site.refusal('ImportKeyPair', short), /weak-key: .*/)
  const used = { KeyPairNames: '["web","alice-key"]' }
  refused('deleting a key in use', await site.refusal('DeleteKeyPairs', used), /alice-key is used by alice/)
  const forged = { id: site.key.id, secret: 'x'.repeat(30) }
  refused('another secret', await site.refusal('CreateKeyPair', { KeyPairName: 'x1' }, forged), /SignatureDoesNotMatch/)
  const wrongPort = site.command(['DescribeKeyPairs'], { KEY_PAIRS_URL: `http://127.0.0.1:${sshd.port}` })
  refused('a wrong port', wrongPort, /does not answer there: .*/)
  must('nothing was changed', before === JSON.stringify((await site.call('DescribeKeyPairs')).KeyPairs))

  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  console.log(`\n${counts.logins} logins and ${counts.refusals} refusals, as it should be, in ${seconds} s`)
} finally {
  await site.close()
}
