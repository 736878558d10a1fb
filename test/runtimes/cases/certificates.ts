/** Certificates: what `ssh-keygen -L` says of them, authorities' signatures, the verdicts of OpenSSH, and new ones. */

import { hex, toHex } from '../../support/bytes.ts'
import type { CertificateVector } from '../../support/vectors.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { allAlgorithms, codeOf, known, type SharedEntry, sameBytes, sharedEntries } from '../support.ts'

type Certificate = import('../../../src/keys/index.ts').Certificate

/** What `ssh-keygen -L` says, by label; lists by their label. */
function told(textHex: string): { fields: Record<string, string>; lists: Record<string, string[]> } {
  const fields: Record<string, string> = {}
  const lists: Record<string, string[]> = {}
  let list: string[] = []
  for (const line of String.fromCharCode(...hex(textHex)).split('\n')) {
    const field = /^ {8}([A-Z][A-Za-z ]+): ?(.*)$/.exec(line)
    const item = /^ {16}(.*)$/.exec(line)
    if (field) {
      fields[field[1]!] = field[2]!
      list = lists[field[1]!] = []
    } else if (item) list.push(item[1]!)
  }
  return { fields, lists }
}

const utc = (seconds: bigint): string => new Date(Number(seconds) * 1000).toISOString().slice(0, 19)

function valid({ validAfter, validBefore }: Certificate): string {
  const last = 0xffffffffffffffffn
  const [from, to] = [validAfter === 0n ? 'always' : utc(validAfter), validBefore === last ? 'forever' : '']
  if (!to) return `from ${from} to ${utc(validBefore)}`
  return validAfter === 0n ? to : `after ${from}`
}

export function certificateCases(given: Given, add: Add): void {
  const { root, keys, cert, wire } = given.library
  const { parseCertificate, formatCertificate, fingerprint, issueCertificate, checkCertificate, generateKey } = root
  const types = keys.allTypes
  const algorithms = allAlgorithms(given)

  for (const { name, textHex } of given.json<{ certificates: readonly CertificateVector[] }>('own/manifest.json')
    .certificates) {
    add.plain(`${name} says what ssh-keygen -L says`, () => {
      const input = given.file(`own/certs/${name}`)
      const found = parseCertificate(input)
      const { fields, lists } = told(textHex)
      const text = (list: readonly { name: string }[]) => list.map((option) => option.name)
      assert.equal(`${found.type} ${found.kind} certificate`, fields.Type)
      assert.equal(fingerprint(found), fields['Public key']!.split(' ')[1])
      assert.equal(fingerprint(found.authority), /SHA256:\S+/.exec(fields['Signing CA']!)![0])
      assert.equal(found.signature.algorithm, /\(using (.*)\)/.exec(fields['Signing CA']!)![1])
      assert.equal(`${found.serial}`, fields.Serial)
      assert.equal(valid(found), fields.Valid)
      if (!/latin1/.test(name)) {
        assert.equal(`"${found.keyId}"`, fields['Key ID'])
        assert.deepEqual(found.principals, fields.Principals === '(none)' ? [] : lists.Principals)
      }
      const options = (list: readonly string[] | undefined) => (list ?? []).map((line) => line.split(' ')[0]!)
      assert.deepEqual(text(found.criticalOptions), options(lists['Critical Options']))
      assert.deepEqual(text(found.extensions), options(lists.Extensions))
      assert.equal(toHex(wire.encodeText(formatCertificate(found))), toHex(input))
      const plain = root.identify(input)
      assert.equal(plain.artifact, 'certificate')
      assert.throws(() => root.parsePublicKey(input), { code: 'is-certificate' })
    })

    add.crypto(`${name}: its authority's signature holds, and over nothing else`, async () => {
      const found = parseCertificate(given.file(`own/certs/${name}`))
      await cert.verifyCertificateSignature(found, { types, algorithms })
      const blob = found.blob.slice()
      blob[60]! ^= 1
      const code = await codeOf(given, () =>
        cert.verifyCertificateSignature(cert.decodeCertificate(blob, { types }), { types, algorithms }),
      )
      assert.equal(code, 'bad-signature')
    })
  }

  for (const path of given.paths('own/types/').filter((name) => name.endsWith('-cert.pub'))) {
    add.crypto(path.slice(4), async () => {
      const found = parseCertificate(given.file(path))
      await cert.verifyCertificateSignature(found, { types, algorithms, touchRequired: false } as never)
    })
  }

  const authorities = ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa2048'].map((name) => `keys/${name}`)
  for (const path of [...authorities, 'types/mldsa44-ed25519']) {
    add.crypto(`by ${path}: accepted for its principal, time and authority alone`, async () => {
      const authority = await root.parsePrivateKey(given.file(`own/${path}`))
      const user = await generateKey('ed25519')
      const now = 1_800_000_000n
      const issued = await issueCertificate(
        {
          kind: 'user',
          publicKey: user.publicKey,
          keyId: 'suite',
          serial: 1n,
          principals: ['alice'],
          validAfter: now - 60n,
          validBefore: now + 300n,
          criticalOptions: { 'source-address': '192.0.2.0/24,2001:db8::/32' },
          extensions: root.defaultUserExtensions,
        },
        authority,
      )
      const certificate = parseCertificate(formatCertificate(issued))
      sameBytes(certificate.blob, issued.blob)
      const algorithms = authority.algorithms
      const policy = {
        kind: 'user',
        authorities: [authority.publicKey],
        time: now,
        principal: 'alice',
        sourceAddress: '192.0.2.7',
        algorithms,
      } as const
      const check = (change: object) => codeOf(given, () => checkCertificate(certificate, { ...policy, ...change }))
      assert.equal((await checkCertificate(certificate, policy)).permissions.includes('permit-pty'), true)
      assert.equal(await check({ sourceAddress: '2001:db8::1' }), undefined)
      assert.equal(await check({ principal: 'mallory' }), 'principal')
      assert.equal(await check({ principal: 'Alice' }), 'principal')
      assert.equal(await check({ time: now + 300n }), 'expired')
      assert.equal(await check({ time: now - 61n }), 'not-yet-valid')
      assert.equal(await check({ authorities: [user.publicKey] }), 'unknown-authority')
      assert.equal(await check({ authorities: [] }), 'unknown-authority')
      assert.equal(await check({ kind: 'host' }), 'wrong-kind')
      assert.equal(await check({ sourceAddress: '198.51.100.1' }), 'source-address')
      assert.equal(await check({ revocation: () => 'lost' }), 'revoked')
      assert.equal(await check({ algorithms: [] }), 'algorithm-not-allowed')
    })
  }

  add.crypto('a host certificate with wildcards', async () => {
    const authority = await generateKey('ed25519')
    const host = await generateKey('ecdsa-p256')
    const request = {
      kind: 'host',
      publicKey: host.publicKey,
      keyId: 'h',
      principals: ['*.example.com'],
      validAfter: 0n,
      validBefore: root.FOREVER,
    } as const
    const certificate = await issueCertificate(request, authority)
    const policy = { kind: 'host', authorities: [authority.publicKey], time: 1_800_000_000n } as const
    const check = (principal: string) => codeOf(given, () => checkCertificate(certificate, { ...policy, principal }))
    assert.deepEqual(
      [await check('a.example.com'), await check('example.com'), await check('a.example.org')],
      [undefined, 'principal', 'principal'],
    )
  })

  add.plain('who may be anybody, and names with a comma, are not made by accident', async () => {
    const authority = await generateKey('ed25519')
    const request = {
      kind: 'user',
      publicKey: authority.publicKey,
      keyId: 'x',
      validAfter: 0n,
      validBefore: 1n,
    } as const
    for (const principals of [[], ['a,b'], ['']]) {
      const error = await issueCertificate({ ...request, principals }, authority).catch((caught: unknown) => caught)
      assert.ok(error instanceof Error, JSON.stringify(principals))
    }
  })

  if (!given.shared) return
  for (const entry of sharedEntries(given, 'certificate', 'openssh-cert')) {
    add.crypto(entry.path, () => checkSignature(given, entry))
    add.webCrypto(`${entry.path}: fields and verdicts`, () => checkVerdicts(given, entry))
  }
}

const codes: Readonly<Record<string, string>> = {
  'Certificate invalid: name is not a listed principal': 'principal',
  'Certificate invalid: not yet valid': 'not-yet-valid',
  'Certificate invalid: expired': 'expired',
  'Certificate invalid: not a host certificate': 'wrong-kind',
  'Certificate invalid: not a user certificate': 'wrong-kind',
  'Certificate lacks principal list': 'principal',
}

interface Verdict {
  readonly kind: 'user' | 'host'
  readonly time: number
  readonly principal: string | null
  readonly wildcard: boolean
  readonly ok: boolean
  readonly reason: string | null
}

const seconds = (time: number): bigint => (time >= 2 ** 64 ? 0xffffffffffffffffn : BigInt(time))

/** OpenSSH's parser verifies the signature; here that is a step of its own. The code, or `undefined` where all holds. */
async function checkSignature(given: Given, entry: SharedEntry): Promise<string | undefined> {
  const { keys, cert, root } = given.library
  const types = keys.allTypes
  const algorithms = allAlgorithms(given)
  const input = given.file(`shared/made/${entry.path}`)
  const { expect } = entry
  const wanted = expect.shouldParse === undefined ? expect.parses : expect.shouldParse
  const work = () => cert.verifyCertificateSignature(root.parseCertificate(input), { types, algorithms })
  const code = await codeOf(given, work)
  const fields = (expect.fields ?? {}) as Readonly<Record<string, string>>
  const supported = [fields.keyType, fields.caKeyType].every((name) => name === undefined || known(given).has(name))
  if (!supported) {
    assert.ok(code !== undefined)
    if (wanted) assert.equal(code, 'unsupported-type')
    return code
  }
  if (wanted === true) assert.equal(code, undefined)
  if (wanted === false) assert.notEqual(code, undefined, 'must be refused')
  return code
}

async function checkVerdicts(given: Given, entry: SharedEntry): Promise<void> {
  if ((await checkSignature(given, entry)) !== undefined) return
  const { keys, cert, root, wire } = given.library
  const types = keys.allTypes
  const algorithms = allAlgorithms(given)
  const { expect } = entry
  const fields = (expect.fields ?? {}) as Readonly<Record<string, string>>
  const certificate = root.parseCertificate(given.file(`shared/made/${entry.path}`))
  const options = (list: typeof certificate.extensions) => list.map(({ name, data }) => `${name} ${toHex(data)}`)
  const theirs = (list: unknown) =>
    (list as { name: string; dataHex: string }[]).map(({ name, dataHex }) => `${name} ${dataHex}`)
  assert.deepEqual(
    {
      certType: certificate.type,
      keyType: certificate.publicKey.type,
      nonce: toHex(certificate.nonce),
      subjectFingerprint: root.fingerprint(certificate),
      serial: `${certificate.serial}`,
      type: certificate.kind,
      keyId: certificate.keyId,
      principals: certificate.principals,
      validAfter: `${certificate.validAfter}`,
      validBefore: `${certificate.validBefore}`,
      criticalOptions: options(certificate.criticalOptions),
      extensions: options(certificate.extensions),
      reservedHex: toHex(certificate.reserved),
      caKeyType: certificate.authority.type,
      caFingerprint: root.fingerprint(certificate.authority),
      signatureAlgorithm: certificate.signature.algorithm,
    },
    {
      ...Object.fromEntries(
        'certType keyType nonce subjectFingerprint serial type keyId principals validAfter validBefore'
          .split(' ')
          .map((name) => [name, fields[name]]),
      ),
      criticalOptions: theirs(fields.criticalOptions),
      extensions: theirs(fields.extensions),
      reservedHex: fields.reservedHex,
      caKeyType: fields.caKeyType,
      caFingerprint: fields.caFingerprint,
      signatureAlgorithm: fields.signatureAlgorithm,
    },
  )
  const address = certificate.criticalOptions.find(({ name }) => name === 'source-address')
  const sourceAddress =
    address && address.data.length > 4
      ? wire.decodeText(new wire.Reader(address.data).string('list')).split(/[/,]/)[0]
      : undefined
  const policy = { types, authorities: [certificate.authority], algorithms, sourceAddress }
  const refusedOptions = expect.authOptions === false
  for (const verdict of (expect.authority ?? []) as readonly Verdict[]) {
    const { kind, principal, wildcard, ok, reason } = verdict
    // Wildcards are for hosts and never for users here; the corpus asks OpenSSH's function both ways.
    if (wildcard !== (kind === 'host') && certificate.principals.some((name) => /[*?]/.test(name))) continue
    const time = seconds(verdict.time)
    const said = await codeOf(given, () => cert.checkCertificate(certificate, { ...policy, kind, time, principal }))
    const hostWithCritical = kind === 'host' && certificate.kind === 'host' && certificate.criticalOptions.length > 0
    const answer = !ok ? codes[reason!] : refusedOptions || hostWithCritical ? 'critical-option' : undefined
    assert.equal(said, answer, `${kind} ${principal} at ${time}: ${reason}`)
  }
}
