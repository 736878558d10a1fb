/**
 * How the cost of every parser grows: 64 kB, 256 kB, 1 MB and 4 MB of input, the best of five, and the slope of
 * log(time) over log(size) by least squares. Linear is 1, quadratic 2; more than 1.2 fails. It needs no peers.
 *
 * `node bench/exponent.mjs [--dist DIR] [FILTER…]`
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string' } },
})
// What is measured is the parser: room for the young, since where results of 4 MB do not fit and those of 64 kB do, the
// slope is that of the garbage collector; a collector without threads of its own, which wait for a core on a busy machine;
// and each sample begins with a clean heap.
const engine = ['--max-semi-space-size=64', '--single-threaded-gc', '--expose-gc']
if (!process.execArgv.includes(engine[0])) {
  const { status } = spawnSync(process.execPath, [...engine, ...process.argv.slice(1)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}
if (flags.dist) process.env.HAWSER_DIST = flags.dist
const { load } = await import('./library.mjs')

const CEILING = 1.2
const SIZES = [1 << 16, 1 << 18, 1 << 20, 1 << 22]
/** A short call is repeated until the clock can tell. */
const LEAST_MS = 4

const wire = await load('wire/index.js')
const { allTypes, ed25519, generatePrivateKey } = await load('keys/index.js')
const { formatPlainOpenssh, opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey } =
  await load('formats/index.js')
const { formatCertificate, issueCertificate, parseCertificate } = await load('cert/index.js')
const { identify } = await load('index.js')
const { createKrl, formatKrl, keyListRevocation, parseKrl } = await load('krl/index.js')
const { findHost, parseKnownHosts } = await load('text/known-hosts.js')
const { addHost, hashHosts, removeHost } = await load('text/known-hosts-edit.js')
const { parseAuthorizedKeys } = await load('text/authorized-keys.js')
const { findPrincipals, parseAllowedSigners, parseSshsig, signGitObject, signMessage, verifyGitObject } =
  await load('sshsig/index.js')
const { decodeFrames, decodeResponse, encodeFrame, encodeResponse } = await load('agent-protocol/index.js')

const most = 1 << 26
const limits = { stringLength: most, inputLength: most, principals: most, certificateOptions: most }
const publicOptions = { types: allTypes, formats: [opensshPublic], limits }
const privateOptions = { types: allTypes, formats: [opensshPrivate], limits }

const key = await generatePrivateKey(ed25519)
const line = wire.formatPublicLine(key.publicKey.blob, '')
const bytesOf = (text) => new TextEncoder().encode(text)
/** Octets without a pattern, the same in each run. */
const noise = (size) => Uint8Array.from({ length: size }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24)
const fill = (text, size) => text.repeat(Math.ceil(size / text.length)).slice(0, size)
/** What refuses an input has read it too; only the time counts here. */
const refused = (work) => () => {
  try {
    work()
  } catch (error) {
    if (typeof error.code !== 'string') throw error
    return error.code
  }
  throw new Error('an error expected')
}

const template = await issueCertificate(
  { kind: 'user', publicKey: key.publicKey, keyId: 'k', anyPrincipal: true, validAfter: 0n, validBefore: 1n },
  key,
  { types: allTypes },
)

/** A certificate with other lists in place of the template's empty ones; that it is not signed does not matter here. */
function certificate({ principals = '', critical = '', extensions = '', keyId = 'k' }) {
  const list = (text) => (typeof text === 'string' ? bytesOf(text) : text)
  const { signature, authority, nonce, publicKey, type } = template
  const point = publicKey.blob.subarray(-32)
  const blob = new wire.Writer().string(type).string(nonce).string(point).u64(1n).u32(1).string(keyId)
  blob.string(list(principals)).u64(0n).u64(1n).string(list(critical)).string(list(extensions)).string('')
  return formatCertificate({ type, blob: blob.string(authority.blob).string(signature.blob).take(), comment: '' })
}

function strings(text, size) {
  const writer = new wire.Writer()
  while (writer.length < size) writer.string(`${text}${writer.length}`)
  return writer.take()
}

function options(size) {
  const writer = new wire.Writer()
  const value = new wire.Writer().string('value').take()
  while (writer.length < size) writer.string(`option-${writer.length}@example.com`).string(value)
  return writer.take()
}

/** known_hosts of that size, a line a host. */
const knownHosts = (size, hosts = (i) => `host${i}.example.com`) =>
  Array.from(
    { length: Math.ceil(size / (line.length + hosts(1e5).length + 2)) },
    (_, i) => `${hosts(i)} ${line}\n`,
  ).join('')

/** Serial numbers in no order, in that many octets. */
const serials = (size) => BigUint64Array.from({ length: size / 8 }, (_, i) => BigInt(i + 1) * 0x9e3779b97f4a7c15n)

/** A revocation list with that content, read; sections of no authority in particular have one around them. */
function krl(type, content, certificates = true) {
  const section = (number, data) => new wire.Writer().u8(number).string(data).take()
  const head = new wire.Writer().string('').string('').raw(section(type, content)).take()
  const writer = new wire.Writer().raw(bytesOf('SSHKRL\n\0')).u32(1).u64(1n).u64(0n).u64(0n).string('').string('')
  const bytes = writer.raw(certificates ? section(1, head) : section(type, content)).take()
  return () => parseKrl(bytes, { types: allTypes, limits: { krlEntries: most } })
}

const read = (text) => () => parseCertificate(text, { types: allTypes, limits })

const signature = await signMessage(bytesOf('hello'), key, { namespace: 'file' })
const commit = await signGitObject(
  bytesOf(`tree ${'0'.repeat(40)}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\n`),
  key,
)
const gitPolicy = { allowedSigners: `* ${line}`, identity: null, time: 0, types: allTypes, limits }

/** Name → (size → the work). */
const parsers = {
  'armor, decode': (size) => {
    const bytes = bytesOf(wire.encodeArmor('TEST', noise(size * 0.74), 70))
    return () => wire.decodeArmor(bytes)
  },
  'armor, encode': (size) => {
    const body = noise(size * 0.74)
    return () => wire.encodeArmor('TEST', body, 70)
  },
  'armor, text in front': (size) => {
    const bytes = bytesOf(`${fill('some text in front\n', size)}\n${wire.encodeArmor('TEST', noise(40), 70)}`)
    return () => wire.decodeArmor(bytes)
  },
  'armor, BEGIN again and again': (size) => {
    const bytes = bytesOf(fill('-----BEGIN TEST-----\n', size))
    return refused(() => wire.decodeArmor(bytes))
  },
  'base64, text': (size) => {
    const text = wire.encodeBase64(noise(size * 0.75))
    return () => wire.decodeBase64(text)
  },
  'base64, octets': (size) => {
    const bytes = bytesOf(wire.encodeBase64(noise(size * 0.75)))
    return () => wire.decodeBase64(bytes)
  },
  'base64, encode': (size) => {
    const bytes = noise(size * 0.75)
    return () => wire.encodeBase64(bytes)
  },
  'public line, long comment': (size) => {
    const text = `${line} ${fill('me@home ', size)}`
    return () => parsePublicKey(text, publicOptions)
  },
  'public line, long blob': (size) => {
    const blob = new wire.Writer()
      .string('test@example.com')
      .string(noise(size * 0.75))
      .take()
    const text = wire.formatPublicLine(blob, '')
    return () => parsePublicKey(text, publicOptions)
  },
  'public line, comment lines in front': (size) => {
    const text = `${fill('# a line\n', size)}\n${line}`
    return () => parsePublicKey(text, publicOptions)
  },
  'public line, blank lines': (size) => {
    const text = `${fill('\n', size)}\n${line}`
    return () => parsePublicKey(text, publicOptions)
  },
  'public line, blanks only': (size) => {
    const text = fill(' \t', size)
    return refused(() => parsePublicKey(text, publicOptions))
  },
  'public line, one word': (size) => {
    const text = fill('a', size)
    return refused(() => parsePublicKey(text, publicOptions))
  },
  'private key where a public line stands': (size) => {
    const text = `${fill('a b', size)} ${line}`
    return () => parsePrivateKey(text, privateOptions).catch((error) => error.code)
  },
  'private key, long comment': (size) => {
    const text = formatPlainOpenssh(key, { comment: fill('me@home ', size * 0.74) })
    return () => parsePrivateKey(text, privateOptions)
  },
  'identify what is nothing': (size) => {
    const text = fill('neither a key nor a certificate\n', size)
    return refused(() => identify(text, { limits }))
  },
  'text, ASCII': (size) => {
    const bytes = bytesOf(fill('plain text ', size))
    return () => wire.decodeText(bytes)
  },
  'text, UTF-8': (size) => {
    const bytes = bytesOf(fill('Grüße, 世界, 🎉 ', size / 2))
    return () => wire.decodeText(bytes)
  },
  'text, not UTF-8': (size) => {
    const bytes = noise(size)
    return () => wire.decodeText(bytes)
  },
  'text, not UTF-8, encode': (size) => {
    const text = wire.decodeText(noise(size))
    return () => wire.encodeText(text)
  },
  'text, escape': (size) => {
    const text = fill('text \u001b[31m with \u202e things \\ ', size)
    return () => wire.escapeText(text, most)
  },
  'certificate, principals': (size) => read(certificate({ principals: strings('user', size) })),
  'certificate, critical options': (size) => read(certificate({ critical: options(size) })),
  'certificate, extensions': (size) => read(certificate({ extensions: options(size) })),
  'known_hosts, parse': (size) => {
    const bytes = bytesOf(knownHosts(size))
    return () => parseKnownHosts(bytes)
  },
  'known_hosts, find': (size) => {
    const bytes = bytesOf(knownHosts(size))
    return () => findHost(bytes, 'host7.example.com')
  },
  'known_hosts, find in one line of patterns': (size) => {
    const text = `${fill('*a*b*c*,', size)}x ${line}`
    return () => findHost(text, 'abababab.example.com')
  },
  'known_hosts, find in hashed lines': (size) => {
    const bytes = bytesOf(hashHosts(knownHosts(size / 1.4)))
    return () => findHost(bytes, 'host7.example.com')
  },
  'known_hosts, markers again and again': (size) => {
    const text = fill('@revoked ', size)
    return () => findHost(text, 'a')
  },
  'known_hosts, add': (size) => {
    const bytes = bytesOf(knownHosts(size))
    return () => addHost(bytes, 'new.example.com', key.publicKey)
  },
  'known_hosts, remove every other line': (size) => {
    const bytes = bytesOf(knownHosts(size, (i) => (i % 2 ? 'a' : `b${i}`)))
    return () => removeHost(bytes, 'a')
  },
  'known_hosts, hash': (size) => {
    const text = knownHosts(size)
    return () => hashHosts(text)
  },
  'certificate, key id': (size) => read(certificate({ keyId: fill('id ', size) })),
  'KRL, list': (size) => krl(0x20, new Uint8Array(serials(size).buffer)),
  'KRL, bitmap': (size) => {
    const writer = new wire.Writer().u64(1n)
    return krl(0x22, writer.string(noise(size).fill(0, 0, 1)).take())
  },
  'KRL, key ids': (size) => krl(0x23, strings('somebody@somewhere.example.com, key ', size)),
  'KRL, keys': (size) => krl(2, strings('what would be the blob of a small public key ', size), false),
  'KRL, empty sections': (size) => {
    const bytes = new Uint8Array(44 + Math.ceil(size / 5) * 5)
    bytes.set(bytesOf('SSHKRL\n'))
    bytes[11] = 1
    for (let at = 44; at < bytes.length; at += 5) bytes[at] = 2
    return () => parseKrl(bytes, { types: allTypes })
  },
  'KRL, write serial numbers': (size) => {
    const list = createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: serials(size) }] })
    return () => formatKrl(list)
  },
  'authorized_keys, keys': (size) => {
    const text = fill(`${line}\n`, size)
    return () => parseAuthorizedKeys(text)
  },
  'authorized_keys, options': (size) => {
    const text = fill(`restrict,command="a \\"b\\"",from="10.0.0.0/8,*.example.com" ${line}\n`, size)
    return () => parseAuthorizedKeys(text)
  },
  'authorized_keys, one line of options': (size) => {
    const text = `${fill('no-pty,', size)}pty ${line}`
    return () => parseAuthorizedKeys(text)
  },
  'authorized_keys, one long command': (size) => {
    const text = `command="${fill('a\\"', size)}" ${line}`
    return () => parseAuthorizedKeys(text)
  },
  'authorized_keys, open quotes': (size) => {
    const text = fill('a="b c d e f g h i j k l m n o p q r s t u v w x y z\n', size)
    return () => parseAuthorizedKeys(text)
  },
  'allowed_signers, lines': (size) => {
    const text = fill(`me@example.com namespaces="git,file",valid-after="20200101Z" ${line}\n`, size)
    return () => parseAllowedSigners(text, { types: allTypes, limits })
  },
  'allowed_signers, one line of patterns': (size) => {
    const allowedSigners = `${fill('*a*b*c*,', size)}me ${line}`
    return () => findPrincipals(signature, { allowedSigners, time: 0, types: allTypes, limits })
  },
  'SSHSIG, long armor': (size) => {
    const text = wire.encodeArmor('SSH SIGNATURE', noise(size * 0.74), 70)
    return refused(() => parseSshsig(text, { types: allTypes, limits }))
  },
  'git object, long message': (size) => {
    const object = new wire.Writer()
      .raw(commit)
      .raw(bytesOf(fill('a line of text\n', size)))
      .take()
    return () => verifyGitObject(object, gitPolicy).catch((error) => error.code)
  },
  'agent, many frames': (size) => {
    const frame = encodeFrame(Uint8Array.of(11))
    const bytes = Uint8Array.from({ length: size }, (_, i) => frame[i % frame.length])
    return () => {
      let count = 0
      for (const message of decodeFrames()(bytes)) count += message.length
      return count
    }
  },
  'agent, identities': (size) => {
    const identities = [{ key: noise(size / 2), comment: fill('me@home ', size / 2) }]
    const message = encodeResponse({ kind: 'identities', identities })
    return () => decodeResponse(message)
  },
  'identify, known_hosts': (size) => {
    const bytes = bytesOf(knownHosts(size))
    return () => identify(bytes)
  },
  'identify, quotes and escapes of JSON': (size) => {
    const text = `{"${fill('"a\\n', size)}`
    return refused(() => identify(text, { limits }))
  },
  'key list': (size) => {
    const text = fill(`${line}\n`, size - (size % (line.length + 1)))
    return () => keyListRevocation(text, { types: allTypes })
  },
}

/** Milliseconds of processor time so far: a neighbour's work does not count. */
function spent() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of one call, the best of five samples. */
async function best(work) {
  let least = Number.POSITIVE_INFINITY
  for (let sample = 0; sample < 5; sample++) {
    let calls = 0
    let took = 0
    globalThis.gc()
    const begun = spent()
    do {
      await work()
      calls++
      took = spent() - begun
    } while (took < LEAST_MS)
    least = Math.min(least, took / calls)
  }
  return least
}

function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map((p) => p[0]))
  const y = mean(points.map((p) => p[1]))
  const over = points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0)
  return over / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0)
}

async function exponent(make) {
  // The smallest input twice: the first time is the compiler's.
  await best(make(SIZES[0]))
  const times = []
  for (const size of SIZES) times.push(await best(make(size)))
  return { times, exponent: slope(times.map((ms, i) => [Math.log(SIZES[i]), Math.log(ms)])) }
}

let failed = 0
console.log(`${'exponent'.padStart(8)}  ${'4 MB'.padStart(9)}  parser`)
for (const [name, make] of Object.entries(parsers)) {
  if (filters.length > 0 && !filters.some((filter) => name.includes(filter))) continue
  let found = await exponent(make)
  // A neighbour's burst of work bends the line; one that is bent twice is bent.
  if (found.exponent > CEILING) found = await exponent(make)
  const bad = found.exponent > CEILING
  if (bad) failed++
  const ms = `${found.times.at(-1).toFixed(1)} ms`
  console.log(`${found.exponent.toFixed(2).padStart(8)}  ${ms.padStart(9)}  ${name}${bad ? `  ABOVE ${CEILING}` : ''}`)
}
console.log(failed === 0 ? `no parser grows faster than size^${CEILING}` : `${failed} parsers grow too fast`)
process.exitCode = failed === 0 ? 0 : 1
