/** The corpus in `../shared/vectors`, kinds `authorized-keys`, `authorized-keys-decision` and `matchers`. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addressInList, parseAddressList } from '../../src/cert/source-address.ts'
import { sha256 } from '../../src/crypto/index.ts'
import { SshError, VerificationError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { parseAuthorizedKeys } from '../../src/text/authorized-keys.ts'
import { type LoginOptions, parseKeyOptions } from '../../src/text/key-options.ts'
import { checkLogin } from '../../src/text/login.ts'
import { optionsEnd } from '../../src/wire/option-list.ts'
import { readPublicLine } from '../../src/wire/public-line.ts'

const folder = new URL('../../../shared/vectors/made/', import.meta.url)
const present = existsSync(new URL('manifest.json', folder))
if (!present) console.log('authorized-keys: SKIPPED, there is no ../shared/vectors beside this repository')

/** What OpenSSH's `struct sshauthopt` holds. */
type Theirs = Readonly<Record<string, number | string | readonly string[] | null>>

interface Entry {
  readonly path: string
  readonly kind: string
  readonly expect: {
    readonly lines?: readonly {
      readonly line: number
      readonly options: string
      readonly keyType: string
      readonly fingerprint: string
      readonly comment: string
      readonly sshauthopt: { readonly ok: boolean; readonly options?: Theirs }
    }[]
    readonly keygenL?: string
    readonly cases?: readonly {
      readonly key: string
      readonly user: string
      readonly host: string
      readonly address: string
      readonly accepted: boolean
      readonly debug: string
      readonly options?: Theirs
    }[]
  }
}

const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))
const text = (path: string): string => new TextDecoder().decode(file(path))
const manifest: readonly Entry[] = present ? JSON.parse(text('manifest.json')) : []
const entries = (kind: string): readonly Entry[] => manifest.filter((entry) => entry.kind === kind)
const skip = !present

/** Our options as OpenSSH counts them. */
function asTheirs(options: LoginOptions): Theirs {
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

/** The corpus was made in UTC. */
function inUtc<T>(work: () => T): T {
  const { TZ } = process.env
  process.env.TZ = 'UTC'
  try {
    return work()
  } finally {
    if (TZ === undefined) delete process.env.TZ
    else process.env.TZ = TZ
  }
}

test('each line of the corpus has the options that OpenSSH reads, or is refused with it', { skip }, (t) => {
  let lines = 0
  for (const { path, expect } of entries('authorized-keys')) {
    if (!expect.lines) continue
    const { entries: all, problems } = inUtc(() => parseAuthorizedKeys(file(path)))
    for (const { line, options, keyType, fingerprint: print, comment, sshauthopt } of expect.lines) {
      const found = all.find((entry) => entry.line === line)
      const what = `line ${line}: ${options}`
      lines++
      // OpenSSH stops at the blank; here it is cut off before.
      const field = options.slice(0, options.includes('" ,') ? optionsEnd(options, 0) : options.length)
      const read = () => inUtc(() => asTheirs(parseKeyOptions(field)))
      if (sshauthopt.ok) assert.deepEqual(read(), sshauthopt.options, what)
      else assert.throws(read, SshError, what)
      // A blank in the options: what stands behind it is no key for sshd either.
      if (!sshauthopt.ok || options.includes('" ,')) {
        assert.equal(found, undefined, what)
        assert.ok(
          problems.some((problem) => problem.line === line),
          what,
        )
        continue
      }
      assert.ok(found, what)
      assert.deepEqual(asTheirs(found.options), sshauthopt.options, what)
      assert.equal(found.optionText, options)
      assert.equal(`${found.key.type} ${found.key.comment}`, `${keyType} ${comment}`, what)
      assert.equal(fingerprint(found.key, { hash: sha256 }), print, what)
    }
    assert.equal(all.length + problems.length, expect.lines.length)
  }
  assert.equal(lines, 57)
  t.diagnostic(`${lines} lines`)
})

test('a file in all layouts has the keys that ssh-keygen -l finds', { skip }, () => {
  const layout = entries('authorized-keys').find(({ path }) => path.endsWith('/layout'))!
  const shown = layout.expect.keygenL!.trimEnd().split('\n')
  const all = parseAuthorizedKeys(file(layout.path), { types: allTypes }).entries
  assert.deepEqual(
    all.map(({ line }) => line),
    [1, 2, 6, 7, 11, 12],
  )
  // ssh-keygen skips one blank behind options, sshd all of them.
  const found = all.filter(({ line }) => line !== 6)
  assert.equal(found.length, shown.length)
  for (const [i, { key }] of found.entries()) {
    const [, print, comment] = /^\d+ (\S+) (.*) \(\w+\)$/.exec(shown[i]!)!
    assert.equal(`${fingerprint(key, { hash: sha256 })} ${key.comment || 'no comment'}`, `${print} ${comment}`)
  }
})

/** What our codes say in the words of sshd's log. */
const reasons: Readonly<Record<string, RegExp>> = {
  'unknown-key': /^$/,
  'unknown-authority': /^$/,
  expired: /expired/,
  // Of two reasons we say the name first, sshd the options.
  principal: /principal|Invalid certificate options/,
  'source-address': /is not permitted to use this (key|certificate) for login/,
  'critical-option': /Invalid certificate options/,
  'force-command': /forced command options do not match/,
}

test('each login of the corpus is decided as by sshd, for the same reason', { skip }, async (t) => {
  let cases = 0
  for (const { path, expect } of entries('authorized-keys-decision')) {
    const authorized = inUtc(() => parseAuthorizedKeys(file(path)))
    for (const { key, user, host, address, accepted, debug, options } of expect.cases!) {
      const { blob } = readPublicLine(text(key))
      const what = `${path}: ${key} as ${user} from ${host} [${address}]`
      const policy = { key: { blob }, user, host, address, time: 1_780_000_000, types: allTypes }
      cases++
      try {
        const facts = await checkLogin(authorized, policy)
        assert.ok(accepted, what)
        assert.deepEqual(asTheirs(facts.options), options, what)
      } catch (error) {
        if (!(error instanceof VerificationError)) throw error
        assert.ok(!accepted, `${what}: ${error.message}`)
        assert.match(debug, reasons[error.code] ?? /no such code/, `${what}: ${error.code}`)
      }
    }
  }
  assert.equal(entries('authorized-keys-decision').length, 15)
  t.diagnostic(`${cases} logins`)
})

/** Lists that sshd takes and we do not: an address in short (docs/differences.md). */
const stricter = new Set(['192.0.2'])

test('the lists of addresses of the corpus match as in OpenSSH', { skip }, () => {
  const { cidrList } = JSON.parse(text('set1/known_hosts/matchers.json'))
  for (const { address, list, result } of cidrList) {
    const what = `${address} in ${list}`
    if (address === null) assert.equal(parseAddressList(list) !== undefined, result === 0, what)
    // An address mapped into IPv6 is the IPv4 address, as sshd makes it before it looks.
    else if (address.startsWith('::ffff:')) assert.equal(addressInList(address, list), true, what)
    else {
      assert.equal(addressInList(address, list), result === 1, what)
      if (result === -1) assert.equal(parseAddressList(list), undefined, what)
      else if (!stricter.has(list)) assert.ok(parseAddressList(list), what)
    }
  }
  assert.equal(cidrList.length, 20)
})

test('the times of the corpus are read as by OpenSSH', { skip }, () => {
  const { absoluteTime } = JSON.parse(text('set1/known_hosts/matchers.json'))
  for (const { text: time, result } of absoluteTime) {
    const read = () => inUtc(() => parseKeyOptions(`expiry-time="${time}"`)).expiryTime
    // Zero is no expiry time, though it is a time.
    if (result === null || result === '0') assert.throws(read, { code: 'bad-value' }, time)
    else assert.equal(read(), BigInt(result), time)
  }
  assert.equal(absoluteTime.length, 16)
})
