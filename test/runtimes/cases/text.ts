/** authorized_keys and known_hosts: who may log in, which host is known; then every line and verdict of the corpus. */
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, sameBytes, sharedEntries } from '../support.ts'

type LoginOptions = import('../../../src/text/index.ts').LoginOptions

export function textCases(given: Given, add: Add): void {
  const { root, text, wire } = given.library
  const line = (name: string) => given.text(`own/keys/${name}.pub`).trimEnd()
  const key = (name: string) => root.parsePublicKey(given.file(`own/keys/${name}.pub`))

  add.crypto('authorized_keys: each login is decided', async () => {
    const file = root.parseAuthorizedKeys(
      [
        '# a comment',
        line('ed25519'),
        `from="192.0.2.0/24,!192.0.2.9",command="echo \\"x\\"",no-pty ${line('ecdsa256')}`,
        `restrict,expiry-time="20200101Z" ${line('rsa2048')}`,
        `cert-authority,principals="alice" ${line('ca-ed25519')}`,
        `no-such-option ${line('ecdsa384')}`,
        'ssh-ed25519 not-base64',
        '',
      ].join('\n'),
    )
    assert.deepEqual(
      file.entries.map((entry) => entry.line),
      [2, 3, 4, 5],
    )
    assert.deepEqual(
      file.problems.map((problem) => problem.line),
      [6, 7],
    )
    const base = { user: 'root', host: 'h.example', address: '192.0.2.1', time: 1_800_000_000 }
    const check = (offered: { readonly blob: Uint8Array }, change: object = {}) =>
      codeOf(given, () => root.checkLogin(file, { ...base, key: offered, ...change }))
    const facts = await root.checkLogin(file, { ...base, key: key('ecdsa256') })
    assert.deepEqual([facts.line, facts.options.command, facts.options.pty], [3, 'echo "x"', false])
    assert.equal(await check(key('ed25519')), undefined)
    assert.equal(await check(key('ecdsa256'), { address: '192.0.2.9' }), 'source-address')
    assert.equal(await check(key('ecdsa256'), { address: '198.51.100.1' }), 'source-address')
    assert.equal(await check(key('rsa2048')), 'expired')
    assert.equal(await check(key('ecdsa384')), 'unknown-key')
    const certificate = root.parseCertificate(given.file('own/certs/user-ed25519-cert.pub'))
    const byCa = certificate.authority.blob.join() === key('ca-ed25519').blob.join()
    assert.ok(byCa)
    assert.equal((await root.checkLogin(file, { ...base, key: certificate })).line, 5)
    assert.equal(await check(certificate, { revocation: () => 'lost' }), 'revoked')
    const host = root.parseCertificate(given.file('own/certs/host-ed25519-cert.pub'))
    assert.notEqual(await check(host), undefined)
  })

  add.plain('known_hosts: names, hashes, ports, markers, changes', async () => {
    const plain = `one.example,192.0.2.1 ${line('ed25519')}\n*.wild.example,!no.wild.example ${line('ecdsa256')}\n[two.example]:2222 ${line('rsa2048')}\n@revoked * ${line('ecdsa384')}\n@cert-authority *.ca.example ${line('ca-ed25519')}\n`
    const status = async (host: string, name: string, more: object = {}) =>
      (await root.checkHost([plain], { host, key: key(name), time: 1_800_000_000, ...more })).status
    assert.equal(await status('one.example', 'ed25519'), 'known')
    assert.equal(await status('ONE.example', 'ed25519'), 'known')
    assert.equal(await status('one.example', 'ecdsa256'), 'changed')
    assert.equal(await status('a.wild.example', 'ecdsa256'), 'known')
    assert.equal(await status('no.wild.example', 'ecdsa256'), 'new')
    assert.equal(await status('two.example', 'rsa2048', { port: 2222 }), 'known')
    assert.equal(await status('other.example', 'rsa2048'), 'new')
    assert.equal(await status('one.example', 'ecdsa384'), 'revoked')
    let n = 0
    const hashed = text.hashHosts(plain.split('\n')[0]!, { random: (length) => new Uint8Array(length).fill(++n) })
    assert.match(hashed, /^\|1\|AQEBAQEBAQEBAQEBAQEBAQEBAQE=\|/)
    assert.equal(root.findHost(hashed, 'one.example').length, 1)
    assert.equal(root.findHost(hashed, '192.0.2.1').length, 1)
    assert.equal(root.findHost(hashed, 'two.example').length, 0)
    const added = text.addHost(plain, 'new.example', key('ecdsa521'))
    const found = (file: string) => root.findHost(file, 'new.example').filter(({ marker }) => !marker).length
    assert.deepEqual([added.startsWith(plain), found(added)], [true, 1])
    assert.equal(found(text.removeHost(added, 'new.example')), 0)
  })

  add.plain('a key is added to authorized_keys and taken out, all else untouched', () => {
    const before = `# héllo\r\n${line('ed25519')}\r\n\r\n`
    const bytes = wire.encodeText(before)
    const more = text.addAuthorizedKey(bytes, key('ecdsa256'), { optionText: 'restrict' })
    assert.equal(root.parseAuthorizedKeys(more).entries.length, 2)
    sameBytes(more.slice(0, bytes.length), bytes)
    const less = text.removeAuthorizedKey(more, key('ecdsa256'))
    assert.equal(root.parseAuthorizedKeys(less).entries.length, 1)
  })

  if (!given.shared) return
  const file = (path: string) => given.file(`shared/made/${path}`)

  for (const { path, expect } of sharedEntries(given, 'authorized-keys')) {
    for (const entry of (expect.lines ?? []) as readonly AuthorizedLine[]) {
      add.plain(`${path}, line ${entry.line}`, () => {
        const { entries, problems } = root.parseAuthorizedKeys(file(path))
        const found = entries.find(({ line }) => line === entry.line)
        // A blank in the options: what stands behind it is no key for sshd either.
        if (!entry.sshauthopt.ok || entry.options.includes('" ,')) {
          assert.equal(found, undefined)
          assert.ok(problems.some(({ line }) => line === entry.line))
          return
        }
        assert.deepEqual(asTheirs(found!.options), entry.sshauthopt.options)
        assert.deepEqual(asTheirs(text.parseKeyOptions(entry.options)), entry.sshauthopt.options)
        assert.equal(found!.optionText, entry.options)
        assert.deepEqual([found!.key.type, found!.key.comment], [entry.keyType, entry.comment])
        assert.equal(root.fingerprint(found!.key), entry.fingerprint)
      })
    }
  }

  for (const { path, expect } of sharedEntries(given, 'authorized-keys-decision')) {
    add.crypto(path, async () => {
      const authorized = root.parseAuthorizedKeys(file(path))
      for (const { key, user, host, address, accepted, options } of expect.cases as readonly Login[]) {
        const [, base64] = given.text(`shared/made/${key}`).split(' ')
        const policy = { key: { blob: wire.decodeBase64(base64!.trim()) }, user, host, address, time: 1_780_000_000 }
        const code = await codeOf(given, () => root.checkLogin(authorized, policy))
        assert.equal(code === undefined, accepted, `${key} as ${user} from ${host} [${address}]: ${code}`)
        if (code === undefined) assert.deepEqual(asTheirs((await root.checkLogin(authorized, policy)).options), options)
      }
    })
  }

  const statuses: Readonly<Record<string, string>> = { OK: 'known', NEW: 'new', CHANGED: 'changed', REVOKED: 'revoked' }
  for (const { path, expect } of sharedEntries(given, 'known-hosts')) {
    add.plain(`${path}: what ssh-keygen -F finds`, () => {
      for (const { host, lines, markers } of expect.find as readonly Find[]) {
        const found = root.findHost(file(path), host)
        assert.deepEqual(
          found.map((entry) => entry.line),
          lines,
          host,
        )
        const named = { 'cert-authority': 'CA', revoked: 'REVOKED' }
        assert.deepEqual(
          found.map(({ marker }) => (marker ? named[marker] : '')),
          markers,
          host,
        )
      }
    })
    if (!expect.check) continue
    add.plain(`${path}: what ssh makes of a key`, async () => {
      for (const { host, key, status, foundLine } of expect.check as readonly Check[]) {
        // hostfile.c compares a hash with the name as it is; ssh lowers it first, and so do we.
        if (path.endsWith('/hashed') && host !== host.toLowerCase()) continue
        const shown = root.parsePublicKey(given.file(`shared/made/${key}`))
        const verdict = await root.checkHost([file(path)], { host, key: shown, time: 0 })
        assert.equal(verdict.status, statuses[status], `${host} ${key}`)
        if (foundLine) assert.equal(verdict.line, foundLine, `${host} ${key}`)
      }
    })
  }

  add.plain('lists of patterns and of addresses match as in OpenSSH', () => {
    const all = given.json<Matchers>('shared/made/set1/known_hosts/matchers.json')
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
    for (const { string, list, result } of all.patternListNoCase) {
      // A host that is empty, and a list with a blank in front, have no place in a known_hosts line.
      if (string === '' || list.startsWith(' ')) continue
      assert.equal(root.findHost(`${list} ${line}`, string).length, result === 1 ? 1 : 0, list)
    }
    for (const { address, list, result } of all.cidrList) {
      if (address === null) continue
      // An address mapped into IPv6 is the IPv4 address, as sshd makes it before it looks.
      const expected = address.startsWith('::ffff:') || result === 1
      assert.equal(given.library.cert.addressInList(address, list), expected, `${address} in ${list}`)
    }
  })
}

interface AuthorizedLine {
  readonly line: number
  readonly options: string
  readonly keyType: string
  readonly fingerprint: string
  readonly comment: string
  readonly sshauthopt: { readonly ok: boolean; readonly options?: unknown }
}

interface Login {
  readonly key: string
  readonly user: string
  readonly host: string
  readonly address: string
  readonly accepted: boolean
  readonly options?: unknown
}

interface Find {
  readonly host: string
  readonly lines: readonly number[]
  readonly markers: readonly string[]
}

interface Check {
  readonly host: string
  readonly key: string
  readonly status: string
  readonly foundLine: number
}

interface Matchers {
  readonly patternListNoCase: readonly { readonly string: string; readonly list: string; readonly result: number }[]
  readonly cidrList: readonly { readonly address: string | null; readonly list: string; readonly result: number }[]
}

/** Our options as OpenSSH's `struct sshauthopt` counts them. */
function asTheirs(options: LoginOptions): Readonly<Record<string, unknown>> {
  return {
    permitPortForwarding: Number(options.portForwarding),
    permitAgentForwarding: Number(options.agentForwarding),
    permitX11Forwarding: Number(options.x11Forwarding),
    permitPty: Number(options.pty),
    permitUserRc: Number(options.userRc),
    restricted: Number(options.restrict),
    validBefore: Number(options.expiryTime ?? 0),
    certAuthority: Number(options.certAuthority),
    certPrincipals: options.principals?.join(',') ?? null,
    tunDevice: options.tunnel === 'any' ? 0x7fffffff : (options.tunnel ?? -1),
    forceCommand: options.command,
    env: options.environment,
    permitOpen: options.permitOpen,
    permitListen: options.permitListen,
    fromCert: options.sourceAddresses?.join(',') ?? null,
    fromKeys: options.from?.join(',') ?? null,
    noRequireUserPresence: Number(!options.touchRequired),
    requireVerify: Number(options.verifyRequired),
  }
}
