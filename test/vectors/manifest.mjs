/** What the real tools say of the files that make.sh has made in the current folder, as JSON. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const passphrase = process.argv[2]
const keygen = (...args) => execFileSync('ssh-keygen', args)
const hex = (bytes) => Buffer.from(bytes).toString('hex')

/** Strings of RFC 4251 from a buffer. */
const strings = (buffer, count) => {
  const found = []
  for (let at = 0; found.length < count; ) {
    const length = buffer.readUInt32BE(at)
    found.push(buffer.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}

const keys = readdirSync('keys')
  .filter((name) => !name.endsWith('.pub'))
  .map((name) => {
    const file = `keys/${name}.pub`
    const line = keygen('-l', '-f', file)
    const fingerprints = {}
    for (const hash of ['md5', 'sha1', 'sha256', 'sha384', 'sha512']) {
      fingerprints[hash] = keygen('-l', '-E', hash, '-f', file).toString('latin1').split(' ')[1]
    }
    const [bits] = line.toString('latin1').split(' ')
    const title = /\(([^()]+)\)\n$/.exec(line.toString('latin1'))[1]
    const art = (...more) => keygen('-lv', ...more, '-f', file).toString('latin1').trimEnd().split('\n').slice(-11)
    // The comment of a file without one is what -l calls "no comment".
    const blobEnd = readFileSync(file).indexOf(32, readFileSync(file).indexOf(32) + 1)
    const comment = blobEnd < 0 ? Buffer.alloc(0) : readFileSync(file).subarray(blobEnd + 1, -1)
    return {
      name,
      type: readFileSync(file, 'latin1').split(' ')[0],
      bits: Number(bits),
      title,
      commentHex: hex(comment),
      fingerprints,
      randomart: art(),
      randomartMd5: art('-E', 'md5'),
    }
  })

const encrypted = readdirSync('encrypted').map((name) => {
  const lines = readFileSync(`encrypted/${name}`, 'latin1').trimEnd().split('\n')
  const file = Buffer.from(lines.slice(1, -1).join(''), 'base64').subarray(15)
  const [cipher, , options] = strings(file, 3)
  const [salt] = strings(options, 1)
  const publicLine = keygen('-y', '-P', passphrase, '-f', `encrypted/${name}`).toString('latin1').split(' ')
  return {
    name,
    key: name.slice(0, name.indexOf('.')),
    passphrase,
    cipher: cipher.toString(),
    rounds: options.readUInt32BE(4 + salt.length),
    saltHex: hex(salt),
    publicBase64: publicLine[1].trimEnd(),
  }
})

const certificates = readdirSync('certs').map((name) => ({
  name,
  // The first line is the file's name.
  textHex: hex(
    Buffer.from(
      keygen('-L', '-f', `certs/${name}`).toString('latin1').split('\n').slice(1).join('\n'),
      'latin1',
    ),
  ),
}))

const message = readFileSync('message')
const signatures = []
for (const file of readdirSync('.').sort()) {
  const [, name, kind] = file.split('.')
  if (kind === 'sshsig') {
    const blob = Buffer.from(readFileSync(file, 'latin1').trimEnd().split('\n').slice(1, -1).join(''), 'base64')
    const [, namespace, reserved, hash, signature] = strings(blob.subarray(10), 5)
    const { createHash } = await import('node:crypto')
    const string = (b) => Buffer.concat([Buffer.from([0, 0, 0, b.length]), b])
    const digest = createHash(hash.toString()).update(message).digest()
    const data = Buffer.concat([Buffer.from('SSHSIG'), ...[namespace, reserved, hash, digest].map(string)])
    signatures.push({ tool: 'ssh-keygen', key: name, dataHex: hex(data), blobHex: hex(signature) })
  } else if (kind === 'rsa') {
    const algorithm = { sha1: 'ssh-rsa', sha256: 'rsa-sha2-256', sha512: 'rsa-sha2-512' }[name]
    signatures.push({ tool: 'openssl', key: 'rsa2048', algorithm, dataHex: hex(message), rsaHex: hex(readFileSync(file)) })
  } else if (kind === 'der') {
    signatures.push({ tool: 'openssl', key: name, dataHex: hex(message), derHex: hex(readFileSync(file)) })
  }
}

console.log(JSON.stringify({ keys, encrypted, certificates, signatures }, null, 1))
