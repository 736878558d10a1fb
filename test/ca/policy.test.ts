import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Ask,
  definePolicy,
  type Grant,
  type Identity,
  type PolicyData,
  type SubjectFacts,
  type UserGrant,
} from '../../src/ca/index.ts'
import { AuthorityError } from '../../src/errors.ts'
import { NOW, subject } from './world.ts'

const identity: Identity = {
  ...{ id: 'alice', issuer: 'https://login.example.com', subject: '1', method: 'oidc' },
  ...{ groups: ['ops', 'staff'], account: 'alice', tokenExpires: NOW + 30 },
}
const facts: SubjectFacts = {
  ...{ publicKey: subject.publicKey, alias: 'ed25519', bits: 256 },
  ...{ securityKey: false, usual: true, touched: false },
}

async function decide(
  data: PolicyData,
  ask: Partial<Ask> = {},
  who: Partial<Identity> = {},
  more = {},
): Promise<Grant> {
  const { address = '192.0.2.7', ...change } = more as { address?: string | null }
  const where = address === null ? undefined : address
  const told = { time: NOW, address: where, subject: { ...facts, ...change } }
  return definePolicy(data)({ ...identity, ...who }, { kind: 'user', ...ask }, told)
}

async function forbidden(...args: Parameters<typeof decide>): Promise<string> {
  try {
    const grant = await decide(...args)
    assert.fail(`granted: ${JSON.stringify(grant)}`)
  } catch (error) {
    assert.ok(error instanceof AuthorityError, String(error))
    assert.equal(error.code, 'forbidden')
    return error.message
  }
}

const hostGroups = { web: {}, db: { gates: ['gate'] }, lab: {} }
const gates = { gate: ['198.51.100.1', '2001:db8::/64'] }
const grant = (change: Partial<UserGrant>): UserGrant => ({
  users: ['alice'],
  accounts: ['deploy'],
  hosts: ['web'],
  ...change,
})
const data = (...grants: Partial<UserGrant>[]): PolicyData => ({ hostGroups, gates, grants: grants.map(grant) })

describe('a policy of plain data', () => {
  it('gives nothing to nobody', async () => {
    await forbidden({ hostGroups: {}, grants: [] })
    await forbidden(data({ users: ['bob'] }))
    await forbidden(data({ users: ['bob'], groups: ['other'] }))
    await forbidden({ ...data({}), disabled: ['alice'] })
    await forbidden(data({}), { kind: 'host', hosts: ['web'] })
  })

  it('gives a pair of account and group for each that a grant names, to users and to groups', async () => {
    const both = data({ accounts: ['deploy', 'www'], hosts: ['web', 'lab'] })
    assert.deepEqual((await decide(both)).principals, ['deploy@web', 'deploy@lab', 'www@web', 'www@lab'])
    const group = data({ users: undefined as never, groups: ['nobody', 'ops'] })
    assert.deepEqual((await decide(JSON.parse(JSON.stringify(group)))).principals, ['deploy@web'])
    assert.deepEqual((await decide(data({ ownAccount: true }))).principals, ['deploy@web', 'alice@web'])
  })

  it('gives no pair that stands in no grant, though each half stands in one', async () => {
    const two = data({ accounts: ['deploy'], hosts: ['web'] }, { accounts: ['root'], hosts: ['lab'] })
    assert.deepEqual((await decide(two)).principals, ['deploy@web', 'root@lab'])
    assert.deepEqual((await decide(two, { accounts: ['root'] })).principals, ['root@lab'])
    assert.match(await forbidden(two, { accounts: ['root'], hosts: ['web'] }), /none/)
    assert.match(await forbidden(two, { accounts: ['root', 'www'] }), /accounts/)
    assert.match(await forbidden(two, { hosts: ['web', 'db'] }), /hosts/)
  })

  it('permits a terminal where nothing is said, nothing with a command, else what is said', async () => {
    const none = { pty: false, portForwarding: false, agentForwarding: false, x11Forwarding: false, userRc: false }
    assert.deepEqual((await decide(data({}))).permissions, { ...none, pty: true })
    assert.deepEqual((await decide(data({ forceCommand: 'id' }))).permissions, none)
    const all = { pty: true, portForwarding: true, agentForwarding: true, x11Forwarding: true, userRc: true }
    assert.deepEqual((await decide(data({ permissions: all }))).permissions, all)
    assert.deepEqual((await decide(data({ permissions: {} }))).permissions, none)
  })

  it('is never wider than one of the grants that it joins', async () => {
    const two = data(
      { lifetime: 600, maxLifetime: 3600, permissions: { pty: true, portForwarding: true } },
      { accounts: ['www'], lifetime: 60, permissions: { portForwarding: true, userRc: true }, sourceAddress: 'any' },
    )
    const joined = await decide(two)
    assert.equal(joined.lifetime, 60)
    assert.deepEqual(joined.permissions, {
      ...{ pty: false, portForwarding: true, agentForwarding: false, x11Forwarding: false, userRc: false },
    })
    assert.deepEqual(joined.sourceAddresses, ['192.0.2.7/32'])
    assert.match(await forbidden(two, { lifetime: 61 }), /60 seconds/)
    assert.equal((await decide(two, { accounts: ['deploy'], lifetime: 3600 })).lifetime, 3600)
    assert.equal((await decide(two, { accounts: ['www'] })).sourceAddresses, null)
  })

  it('refuses to join two commands, or a command with none', async () => {
    const one = data({ forceCommand: 'backup' }, { accounts: ['www'], forceCommand: 'backup' })
    assert.equal((await decide(one)).forceCommand, 'backup')
    for (const forceCommand of ['restore', undefined]) {
      const two = data(
        { forceCommand: 'backup' },
        { accounts: ['www'], ...(forceCommand !== undefined && { forceCommand }) },
      )
      assert.match(await forbidden(two), /forced command/)
      assert.equal((await decide(two, { accounts: ['www'] })).forceCommand, forceCommand)
      assert.equal((await decide(two, { accounts: ['deploy'] })).forceCommand, 'backup')
    }
  })

  it('binds to the caller, to a list, or to neither, and adds the gates', async () => {
    assert.deepEqual((await decide(data({}), {}, {}, { address: '2001:db8:0:0:0:0:0:5' })).sourceAddresses, [
      '2001:db8:0:0:0:0:0:5/128',
    ])
    await forbidden(data({}), {}, {}, { address: null })
    assert.equal((await decide(data({ sourceAddress: 'any' }), {}, {}, { address: null })).sourceAddresses, null)
    const list = ['10.0.0.0/8', '192.0.2.0/24']
    assert.deepEqual((await decide(data({ sourceAddress: list }), {}, {}, { address: null })).sourceAddresses, list)
    const withGates = data({ hosts: ['db'], gates: ['203.0.113.9'] })
    const expected = ['192.0.2.7/32', '203.0.113.9', '198.51.100.1', '2001:db8::/64']
    assert.deepEqual((await decide(withGates)).sourceAddresses, expected)
    assert.equal((await decide(data({ hosts: ['db'], sourceAddress: 'any' }))).sourceAddresses, null)
    // The gates of groups that are not asked for are not there.
    const both = data({ hosts: ['web', 'db'] })
    assert.deepEqual((await decide(both, { hosts: ['web'] })).sourceAddresses, ['192.0.2.7/32'])
  })

  it('joins a list with the caller where the caller is in it, and two lists not at all', async () => {
    const two = (sourceAddress: readonly string[]) => data({}, { accounts: ['www'], sourceAddress })
    assert.deepEqual((await decide(two(['192.0.2.0/24']))).sourceAddresses, ['192.0.2.7/32'])
    assert.match(await forbidden(two(['10.0.0.0/8'])), /address/)
    const lists = data({ sourceAddress: ['10.0.0.0/8'] }, { accounts: ['www'], sourceAddress: ['192.0.2.0/24'] })
    assert.match(await forbidden(lists), /source address/)
  })

  it('ends with the token where it says so', async () => {
    assert.equal((await decide(data({}))).notAfter, undefined)
    assert.equal((await decide({ ...data({}), endWithToken: true })).notAfter, NOW + 30)
  })

  it('judges the key by the rules of each grant, which stand over those of the policy', async () => {
    const rsa = { alias: 'rsa', bits: 3072 }
    assert.equal((await decide(data({}), {}, {}, rsa)).principals.length, 1)
    await forbidden(data({ rsaBits: 4096 }), {}, {}, rsa)
    await forbidden({ ...data({}), rsaBits: 4096 }, {}, {}, rsa)
    assert.equal((await decide({ ...data({ rsaBits: 3072 }), rsaBits: 4096 }, {}, {}, rsa)).principals.length, 1)
    const touched = { alias: 'ed25519-sk', securityKey: true, touched: true }
    await forbidden(data({}), {}, {}, touched)
    const strong = data({ subjectTypes: ['ed25519-sk'], accounts: ['root'] }, {})
    assert.deepEqual((await decide(strong)).principals, ['deploy@web'])
    assert.deepEqual((await decide(strong, {}, {}, touched)).principals, ['root@web'])
    await forbidden(strong, {}, {}, { ...touched, touched: false })
    await forbidden(data({}), {}, {}, { alias: 'mldsa44-ed25519', usual: false })
    await forbidden(data({}), {}, {}, { alias: 'dsa', usual: false })
  })

  it('gives hosts the names that patterns allow, as they were asked for', async () => {
    const hosts: PolicyData = {
      ...{ hostGroups, gates, grants: [] },
      hostCertificates: [
        { users: ['alice'], names: ['*.web.example.com', '10.0.0.?'], lifetime: 86_400 },
        { groups: ['ops'], names: ['gate.example.com'], lifetime: 3600 },
      ],
    }
    const host = (...names: string[]): Partial<Ask> => ({ kind: 'host', hosts: names })
    const granted = await decide(hosts, host('a.web.example.com', '10.0.0.7'))
    assert.deepEqual(granted.principals, ['a.web.example.com', '10.0.0.7'])
    assert.equal(granted.lifetime, 86_400)
    assert.equal((await decide(hosts, host('a.web.example.com', 'gate.example.com'))).lifetime, 3600)
    await forbidden(hosts, host('web.example.com'))
    await forbidden(hosts, host('10.0.0.77'))
    await forbidden(hosts, host('a.web.example.com'), { id: 'bob', groups: ['ops'] })
    await forbidden(hosts, { kind: 'host' })
    await forbidden(hosts, { kind: 'user' })
  })

  it('is not changed by what its maker does to the data later', async () => {
    const mine = JSON.parse(JSON.stringify(data({ forceCommand: 'id' })))
    const policy = definePolicy(mine)
    mine.grants[0].accounts.push('root')
    delete mine.grants[0].forceCommand
    const told = { time: NOW, address: '192.0.2.7', subject: facts }
    const { principals, forceCommand } = await policy(identity, { kind: 'user' }, told)
    assert.deepEqual([principals, forceCommand], [['deploy@web'], 'id'])
  })

  it('refuses data with anything in it that is not understood', () => {
    const wrong: unknown[] = [
      undefined,
      [],
      { hostGroups },
      { grants: [] },
      { ...data({}), grnats: [] },
      data({ forcecommand: 'id' } as never),
      data({ force_command: 'id' } as never),
      data({ permissions: { tty: true } as never }),
      data({ permissions: { pty: 'no' } as never }),
      data({ permissions: ['pty'] as never }),
      data({ accounts: [] }),
      data({ accounts: ['root@web'] }),
      data({ accounts: ['a,b'] }),
      data({ accounts: ['*'] }),
      data({ accounts: 'root' as never }),
      data({ hosts: ['nowhere'] }),
      data({ hosts: [] }),
      data({ hosts: ['toString'] }),
      data({ users: [] }),
      data({ users: [''] }),
      data({ users: 'alice' as never }),
      data({ users: undefined as never, groups: undefined as never }),
      data({ lifetime: 0 }),
      data({ lifetime: Number.NaN }),
      data({ lifetime: '60' as never }),
      data({ lifetime: 600, maxLifetime: 60 }),
      data({ maxLifetime: 60 }),
      data({ sourceAddress: 'everywhere' as never }),
      data({ sourceAddress: [] }),
      data({ sourceAddress: ['10.0.0.1/8'] }),
      data({ sourceAddress: ['10.0.0.0/8,::/0'] }),
      data({ gates: ['unknown'] }),
      data({ gates: ['0.0.0.0/0,::/0'] }),
      data({ forceCommand: '' }),
      data({ forceCommand: 'a\nb' }),
      data({ forceCommand: 'a\0b' }),
      data({ rsaBits: 1024 }),
      data({ subjectTypes: [] }),
      data({ touchRequired: 'no' as never }),
      data({ ownAccount: 'yes' as never }),
      { ...data({}), hostGroups: { web: { gate: [] } } },
      { ...data({}), hostGroups: { web: null } },
      { ...data({}), hostGroups: { 'a b': {}, web: {} } },
      { ...data({}), hostGroups: { 'a@b': {}, web: {} } },
      { ...data({}), gates: { '10.0.0.1': ['10.0.0.2'] } },
      { ...data({}), gates: { gate: ['host.example.com'] } },
      { ...data({}), disabled: 'alice' },
      { ...data({}), endWithToken: 'yes' },
      { ...data({}), hostCertificates: [{ users: ['alice'], names: ['a,b'], lifetime: 60 }] },
      { ...data({}), hostCertificates: [{ names: ['a'], lifetime: 60 }] },
      { ...data({}), hostCertificates: [{ users: ['alice'], names: ['a'], forceCommand: 'x' }] },
      JSON.parse(
        '{"hostGroups":{"web":{}},"grants":[{"users":["a"],"accounts":["b"],"hosts":["web"],"__proto__":{}}]}',
      ),
      JSON.parse('{"hostGroups":{"web":{},"__proto__":{}},"grants":[]}'),
      { ...data({}), grants: [Object.create(grant({ forceCommand: 'id' }))] },
      { ...data({}), grants: [Object.assign(Object.create({ forceCommand: 'id' }), grant({}))] },
    ]
    for (const [i, one] of wrong.entries()) {
      assert.throws(() => definePolicy(one as PolicyData), TypeError, `${i}: ${JSON.stringify(one)}`)
    }
  })
})
