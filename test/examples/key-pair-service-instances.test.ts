/** examples/key-pair-service: instances and reboots, people and groups, who logged in. */

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint, formatPublicKey, type PublicKey } from '../../src/index.ts'
import { ed25519, example, importing, type Json, one, refused, service } from './key-pair-service.ts'

example('a key pair is in effect from the reboot on, and each instance is answered for', async () => {
  const it = await service('attach')
  for (const id of ['i-a', 'i-b']) await it.instance(id, 'main', ['root', 'admin'])
  const [first, second] = [await importing('first'), await importing('second')]
  for (const pair of [first, second]) await it.ask('ImportKeyPair', pair)
  const blob = (body: string) => body.trim().split(' ')[1]
  const keys = (id: string) => it.lines(id).map(blob)

  const { RequestId, ...answer } = await it.ask('AttachKeyPair', { KeyPairName: 'first', ...one('i-a', 'i-x', 'i-b') })
  assert.deepEqual(answer, {
    TotalCount: 3,
    FailCount: 1,
    Results: {
      Result: [
        { InstanceId: 'i-a', Success: true, Code: '200', Message: 'successful' },
        { InstanceId: 'i-x', Success: false, Code: '404', Message: 'The specified InstanceId does not exist.' },
        { InstanceId: 'i-b', Success: true, Code: '200', Message: 'successful' },
      ],
    },
  })
  assert.throws(() => it.lines('i-a'), { code: 'ENOENT' })
  const required = async () => {
    const { Instances } = await it.ask('DescribeInstances')
    return (Instances as { Instance: Json[] }).Instance.map(({ KeyPairName, RebootRequired }) => [
      KeyPairName,
      RebootRequired,
    ])
  }
  assert.deepEqual(await required(), [
    ['first', true],
    ['first', true],
  ])
  assert.deepEqual(Object.keys(await it.ask('RebootInstance', { InstanceId: 'i-a' })), ['RequestId'])
  assert.deepEqual(keys('i-a'), [blob(first.PublicKeyBody)])
  assert.deepEqual(it.lines('i-a', 'admin'), it.lines('i-a'))
  assert.throws(() => it.lines('i-b'), { code: 'ENOENT' })
  assert.deepEqual(await required(), [
    ['first', false],
    ['first', true],
  ])

  await it.ask('AttachKeyPair', { KeyPairName: 'second', ...one('i-a') })
  assert.deepEqual(keys('i-a'), [blob(first.PublicKeyBody)])
  await it.ask('RebootInstance', { InstanceId: 'i-a' })
  assert.deepEqual(keys('i-a'), [blob(second.PublicKeyBody)])

  const used = it.call('DeleteKeyPairs', { KeyPairNames: '["first","second"]' })
  await refused(used, 'InvalidParameter.KeypairAlreadyAttachedInstance', /first is used by i-b/)
  const wrong = await it.ask('DetachKeyPair', { KeyPairName: 'first', ...one('i-a', 'i-b') })
  assert.equal(wrong.FailCount, 1)
  assert.match(
    JSON.stringify(wrong),
    /"InstanceId":"i-a","Success":false,"Code":"400","Message":"The key pair first is not/,
  )
  await it.ask('DetachKeyPair', { KeyPairName: 'second', ...one('i-a') })
  assert.deepEqual(keys('i-a'), [blob(second.PublicKeyBody)])
  await it.ask('DeleteKeyPairs', { KeyPairNames: '["first","second"]' })
  await it.ask('RebootInstance', { InstanceId: 'i-a' })
  assert.deepEqual(keys('i-a'), [])
  assert.equal(statSync(join(it.dir, 'instances/i-a/home/root/.ssh/authorized_keys')).mode & 0o777, 0o644)
  await refused(
    it.call('RebootInstance', { InstanceId: '../../etc' }),
    'InvalidInstanceId.NotFound',
    /"i-" and at most 61/,
  )
  it.close()
})

example('a home in which somebody else could write is not written to', async () => {
  const it = await service('homes')
  await it.instance('i-a')
  await it.ask('ImportKeyPair', await importing('web'))
  await it.ask('AttachKeyPair', { KeyPairName: 'web', ...one('i-a') })
  const elsewhere = join(it.dir, 'elsewhere')
  mkdirSync(elsewhere)
  symlinkSync(elsewhere, join(it.dir, 'instances/i-a/home/root/.ssh'))
  assert.equal((await it.call('RebootInstance', { InstanceId: 'i-a' })).json.Code, 'InternalError')
  assert.match(String(it.errors[0]), /a folder expected that is the service's own/)
  assert.deepEqual(readdirSync(elsewhere), [])
  const { Instances } = await it.ask('DescribeInstances')
  assert.match(JSON.stringify(Instances), /"RebootRequired":true/)
  it.close()
})

example('people have one key each, groups bring them to instances, and each login is tied to a person', async () => {
  let now = Date.parse('2026-02-01T00:00:00Z')
  const it = await service('people', () => now)
  await it.instance('i-a')
  const keys: Record<string, PublicKey> = {}
  for (const name of ['alice', 'bob', 'root-key']) {
    keys[name] = await ed25519()
    await it.ask('ImportKeyPair', { KeyPairName: name, PublicKeyBody: formatPublicKey(keys[name]) })
  }
  for (const UserName of ['alice', 'bob']) {
    await it.ask('CreateUser', { UserName })
    await it.ask('AssignKeyPair', { UserName, KeyPairName: UserName })
  }
  await it.ask('CreateGroup', { GroupName: 'ops' })
  await it.ask('AddUserToGroup', { UserName: 'alice', GroupName: 'ops' })
  await refused(it.call('CreateUser', { UserName: 'alice' }), 'EntityAlreadyExists.User')
  await refused(it.call('CreateUser', { UserName: 'al ice' }), 'InvalidParameter')
  await refused(it.call('AssignKeyPair', { UserName: 'bob', KeyPairName: 'alice' }), 'InvalidParameter', /one of alice/)
  await refused(it.call('AssignKeyPair', { UserName: 'eve', KeyPairName: 'root-key' }), 'EntityNotExist.User')
  await refused(it.call('AddUserToGroup', { UserName: 'bob', GroupName: 'dev' }), 'EntityNotExist.Group')
  await refused(it.call('DeleteGroup', { GroupName: 'ops' }), 'DeleteConflict.Group.User')
  const held = it.call('DeleteKeyPairs', { KeyPairNames: '["root-key","bob"]' })
  await refused(held, 'InvalidParameter.KeypairAlreadyAttachedInstance', /bob is used by bob/)
  await it.ask('AttachKeyPair', { KeyPairName: 'root-key', ...one('i-a') })
  assert.equal((await it.ask('AttachGroup', { GroupName: 'ops', ...one('i-a', 'i-none') })).FailCount, 1)
  await it.ask('RebootInstance', { InstanceId: 'i-a' })
  const names = () => it.lines('i-a').map((line) => line.split(' ')[2])
  assert.deepEqual(names(), ['alice', 'root-key'])

  const line = (key: PublicKey, rest = '') =>
    `Accepted publickey for root from 192.0.2.7 port 5022 ssh2: ED25519 ${fingerprint(key)}${rest}\r\n`
  const stranger = await ed25519()
  it.log('i-a', line(keys.alice!))
  it.log('i-a', `Invalid user ${line(keys['root-key']!).trim()} from 198.51.100.1 port 22\n`)
  it.log('i-a', line(keys['root-key']!))
  now += 60_000
  it.log('i-a', `2026-02-01T00:00:30.5+00:00 vm sshd-session[7]: ${line(keys.alice!)}`)
  it.log('i-a', line(stranger))
  it.log('i-a', 'Accepted password for root from 192.0.2.9 port 5 ssh2\nAccepted publickey for ro')
  const logins = async (given: Record<string, string> = {}) => {
    const { Logins } = await it.ask('DescribeLogins', given)
    return (Logins as { Login: Record<string, string | null>[] }).Login
  }
  assert.deepEqual(
    (await logins()).map(({ UserName, KeyPairName, Method, Time }) => [UserName, KeyPairName, Method, Time]),
    [
      [null, null, 'password', '2026-02-01T00:01:00Z'],
      [null, null, 'publickey', '2026-02-01T00:01:00Z'],
      ['alice', 'alice', 'publickey', '2026-02-01T00:00:30Z'],
      [null, 'root-key', 'publickey', '2026-02-01T00:01:00Z'],
      ['alice', 'alice', 'publickey', '2026-02-01T00:01:00Z'],
    ],
  )
  assert.equal((await logins({ UserName: 'alice' })).length, 2)
  // The rest of a line that was not whole.
  it.log('i-a', `ot from 192.0.2.7 port 1 ssh2: ED25519 ${fingerprint(keys.alice!)}\n`)
  assert.equal((await logins({ InstanceId: 'i-a' }))[0]?.UserName, 'alice')

  // Alice leaves, and bob gets the key that was hers: what she did stays hers.
  it.log('i-a', line(keys.alice!))
  await it.ask('DeleteUser', { UserName: 'alice' })
  now += 60_000
  await it.ask('AssignKeyPair', { UserName: 'bob', KeyPairName: 'alice' })
  it.log('i-a', line(keys.alice!))
  assert.deepEqual(
    (await logins()).slice(0, 2).map(({ UserName }) => UserName),
    ['bob', 'alice'],
  )
  assert.deepEqual(names(), ['alice', 'root-key'])
  now += 60_000
  await it.ask('RebootInstance', { InstanceId: 'i-a' })
  assert.deepEqual(names(), ['root-key'])
  const holders = async (given: Record<string, string> = {}) => {
    const { Holders } = await it.ask('DescribeKeyHolders', given)
    return (Holders as { Holder: Record<string, string | null>[] }).Holder.map(
      ({ UserName, KeyPairName, InstanceId, Since, Until }) => [UserName, KeyPairName, InstanceId, Since, Until],
    )
  }
  assert.deepEqual(await holders(), [[null, 'root-key', 'i-a', '2026-02-01T00:00:00Z', null]])
  assert.deepEqual(await holders({ History: 'true' }), [
    [null, 'root-key', 'i-a', '2026-02-01T00:00:00Z', null],
    ['alice', 'alice', 'i-a', '2026-02-01T00:00:00Z', '2026-02-01T00:03:00Z'],
    ['bob', 'alice', 'i-a', '2026-02-01T00:00:00Z', '2026-02-01T00:03:00Z'],
    ['bob', 'bob', null, null, null],
  ])
  await it.ask('DeleteGroup', { GroupName: 'ops' })
  await it.ask('ReleaseKeyPair', { UserName: 'bob' })
  assert.deepEqual((await it.ask('ListUsers')).Users, {
    User: [{ UserName: 'bob', CreateDate: '2026-02-01T00:00:00Z', KeyPairName: '' }],
  })
  assert.deepEqual((await it.ask('ListGroups')).Groups, { Group: [] })
  assert.deepEqual(it.errors, [])
  it.close()
})

example('lines of a log that only look like logins are none', async () => {
  const { parseLogin } = await import('../../examples/key-pair-service/audit.ts')
  const hash = `SHA256:${'A'.repeat(43)}`
  const good = `Accepted publickey for root from 192.0.2.7 port 22 ssh2: RSA ${hash}`
  assert.deepEqual(parseLogin(good), {
    at: undefined,
    method: 'publickey',
    account: 'root',
    address: '192.0.2.7',
    sha256: hash,
  })
  assert.equal(parseLogin(`Jan  2 03:04:05 vm sshd[1]: ${good}`)?.account, 'root')
  assert.equal(parseLogin(`${good} ID alice (serial 1) CA ED25519 ${hash}`)?.sha256, hash)
  const forged = [
    `Invalid user ${good} from 198.51.100.1 port 2`,
    `Jan  2 03:04:05 vm sshd[1]: Invalid user x sshd[1]: ${good}`,
    `Jan  2 03:04:05 vm other[1]: ${good}`,
    `Failed publickey for invalid user ${good}`,
    ` ${good}`,
    good.slice(0, -1),
    `${good}x`,
  ]
  for (const line of forged) assert.equal(parseLogin(line), undefined, line)
})
