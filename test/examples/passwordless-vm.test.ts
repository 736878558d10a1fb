/**
 * examples/passwordless-vm without servers: what it makes, read by OpenSSL, PuTTY, ssh-keygen and ssh, what it refuses, and
 * that a refusal changes nothing. passwordless-vm-run.test.ts logs in.
 */

import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import {
  encodePublicKey,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  matchFingerprint,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { must, put, run } from '../interop/support.ts'
import { at, folder, missing } from './support.ts'

const example = at('examples/passwordless-vm')
const base = folder('vm')

/** Runs a command of the example in this process. */
type Vm = (...line: string[]) => Promise<{ code: number; out: string; err: string }>

/** A test of the example; it is loaded inside, since a clone may be without what it needs. */
function vmTest(name: string, tools: readonly string[], body: (vm: Vm, dir: string, t: TestContext) => Promise<void>) {
  test(name, async (t) => {
    if (!existsSync(join(example, 'node_modules/yaml'))) {
      return missing(t, 'npm ci in examples/passwordless-vm has not run')
    }
    const absent = tools.filter((tool) => findTool(tool) === undefined)
    if (absent.length > 0) return missing(t, `not installed: ${absent.join(', ')}`)
    const { runCommand } = await import('../../examples/passwordless-vm/command.ts')
    const vm: Vm = async (...line) => {
      let [out, err] = ['', '']
      const code = await runCommand(
        line,
        (text) => {
          out += `${text}\n`
        },
        (text) => {
          err += `${text}\n`
        },
      )
      return { code, out, err }
    }
    await body(vm, mkdtempSync(join(base, 'test-')), t)
  })
}

const text = (...path: string[]): string => readFileSync(join(...path), 'utf8')
const names = [
  'certificate.pem',
  'cloud-init.yaml',
  'facts.json',
  'id',
  'id.ppk',
  'id.pub',
  'resource-manager.json',
  'service-management.xml',
  'ssh.sh',
  'ssh_config',
]

const types: readonly (readonly [option: readonly string[], title: RegExp, type: string])[] = [
  [[], /^2048 .*\(RSA\)$/, 'ssh-rsa'],
  [['--type', 'rsa', '--bits', '3072'], /^3072 .*\(RSA\)$/, 'ssh-rsa'],
  [['--type', 'ecdsa'], /^256 .*\(ECDSA\)$/, 'ecdsa-sha2-nistp256'],
  [['--type', 'ecdsa-p384'], /^384 .*\(ECDSA\)$/, 'ecdsa-sha2-nistp384'],
  [['--type', 'ecdsa-p521'], /^521 .*\(ECDSA\)$/, 'ecdsa-sha2-nistp521'],
  [['--type', 'ed25519'], /^256 .*\(ED25519\)$/, 'ssh-ed25519'],
]

for (const [options, title, type] of types) {
  vmTest(
    `make ${options.join(' ')}: ssh-keygen, OpenSSL and PuTTY read the one key in all its forms`,
    ['ssh-keygen', 'openssl', 'puttygen'],
    async (vm, dir) => {
      const out = join(dir, 'web-1')
      const { code, out: said, err } = await vm('make', 'web-1', '--user', 'mara', '--out', out, ...options)
      assert.deepEqual([code, err], [0, ''])
      assert.deepEqual(readdirSync(out).sort(), names)
      assert.deepEqual(readdirSync(dir), ['web-1'], 'nothing else is left')
      assert.equal(statSync(out).mode & 0o777, 0o700)
      for (const name of names) {
        const mode = name === 'id' || name === 'id.ppk' ? 0o600 : 0o644 & ~process.umask()
        assert.equal(statSync(join(out, name)).mode & 0o777, mode, name)
      }

      const line = text(out, 'id.pub').trim()
      assert.equal(line.split(' ')[0], type)
      assert.match(line, / mara@web-1$/)
      assert.match((await must('ssh-keygen', ['-l', '-f', join(out, 'id.pub')])).trim(), title)
      assert.equal((await must('ssh-keygen', ['-y', '-f', join(out, 'id')])).trim(), line)
      assert.equal((await must('puttygen', [join(out, 'id.ppk'), '-L'])).trim(), line)

      const pem = join(out, 'certificate.pem')
      await must('openssl', ['verify', '-CAfile', pem, pem])
      await must('openssl', ['x509', '-in', pem, '-noout', '-checkend', String(364 * 86_400)])
      assert.equal((await run('openssl', ['x509', '-in', pem, '-noout', '-checkend', String(366 * 86_400)])).code, 1)
      const [shown = '', subject] = (
        await must('openssl', ['x509', '-in', pem, '-noout', '-fingerprint', '-sha1', '-subject'])
      ).split('\n')
      assert.match(subject ?? '', /^subject=CN ?= ?web-1$/)
      const spki = await must('openssl', ['x509', '-in', pem, '-noout', '-pubkey'])
      assert.deepEqual(encodePublicKey(parsePublicKey(spki)), encodePublicKey(parsePublicKey(line)))

      const facts = JSON.parse(text(out, 'facts.json'))
      const thumbprint = shown.replace(/.*=/, '').replaceAll(':', '')
      assert.match(thumbprint, /^[0-9A-F]{40}$/)
      assert.equal(facts.thumbprint, thumbprint)
      assert.equal(facts.fingerprint, fingerprint(parsePublicKey(line)))
      assert.ok(said.includes(thumbprint) && said.includes(facts.fingerprint))
      assert.ok(text(out, 'service-management.xml').includes(`<Fingerprint>${thumbprint}</Fingerprint>`))
      const certificate = new Uint8Array(Buffer.from(text(pem).replace(/-----.*/g, ''), 'base64'))
      const found = await matchFingerprint(parsePublicKey(line), thumbprint, { certificate })
      assert.equal(found?.form, 'x509-thumbprint')
      assert.equal(/Azure Resource Manager takes/.test(said), type.startsWith('ecdsa'))
    },
  )
}

vmTest('what clouds are told: XML in its order, osProfile, user data', ['sh'], async (vm, dir) => {
  const load = createRequire(join(example, 'package.json'))
  const [{ parse }, { create }] = [load('yaml'), load('xmlbuilder2')]
  const out = join(dir, 'web-1')
  const other = await generateKey('ed25519', { comment: 'other: "key" #1' })
  const added = put(formatPublicKey(other.publicKey), 'added')
  const options = ['--port', '22022', '--type', 'ed25519', '--add-key', added]
  assert.equal((await vm('make', 'web-1', '--user', 'mara', '--out', out, ...options)).code, 0)
  const own = text(out, 'id.pub').trim()
  const theirs = formatPublicKey(other.publicKey).trim()
  const userData = text(out, 'cloud-init.yaml')
  const base64 = Buffer.from(userData).toString('base64')
  const { thumbprint } = JSON.parse(text(out, 'facts.json'))

  const xml = text(out, 'service-management.xml')
  assert.match(xml, /^<\?xml version="1.0" encoding="utf-8"\?>\n/)
  // Entries, since the order is a part of it.
  assert.deepEqual(Object.entries(create(xml).toObject()), [
    [
      'ConfigurationSets',
      {
        '@xmlns': 'http://schemas.microsoft.com/windowsazure',
        '@xmlns:i': 'http://www.w3.org/2001/XMLSchema-instance',
        ConfigurationSet: [
          {
            '@i:type': 'LinuxProvisioningConfigurationSet',
            ConfigurationSetType: 'LinuxProvisioningConfiguration',
            HostName: 'web-1',
            UserName: 'mara',
            UserPassword: {},
            DisableSshPasswordAuthentication: 'true',
            SSH: { PublicKeys: { PublicKey: { Fingerprint: thumbprint, Path: '/home/mara/.ssh/authorized_keys' } } },
            CustomData: base64,
          },
          {
            ConfigurationSetType: 'NetworkConfiguration',
            InputEndpoints: { InputEndpoint: { LocalPort: '22022', Name: 'SSH', Port: '22022', Protocol: 'tcp' } },
          },
        ],
      },
    ],
  ])
  const elements = [...xml.matchAll(/<([A-Z][A-Za-z]*)/g)].map(([, name]) => name)
  assert.deepEqual(elements.slice(1, 13), [
    'ConfigurationSet',
    'ConfigurationSetType',
    'HostName',
    'UserName',
    'UserPassword',
    'DisableSshPasswordAuthentication',
    'SSH',
    'PublicKeys',
    'PublicKey',
    'Fingerprint',
    'Path',
    'CustomData',
  ])

  const path = '/home/mara/.ssh/authorized_keys'
  assert.deepEqual(JSON.parse(text(out, 'resource-manager.json')), {
    osProfile: {
      computerName: 'web-1',
      adminUsername: 'mara',
      customData: base64,
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: {
          publicKeys: [
            { path, keyData: own },
            { path, keyData: theirs },
          ],
        },
      },
    },
  })

  assert.match(userData, /^#cloud-config\n/)
  const { runcmd, write_files, ...config } = parse(userData)
  assert.deepEqual(config, {
    hostname: 'web-1',
    users: [
      {
        name: 'mara',
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: [own, theirs],
      },
    ],
    ssh_pwauth: false,
    disable_root: true,
  })
  assert.equal(write_files.length, 1)
  assert.ok(write_files[0].path < '/etc/ssh/sshd_config.d/50-cloud-init.conf')
  assert.match(write_files[0].content, /^Port 22022\n/)
  for (const command of runcmd) await must('sh', ['-n', '-c', command])
  assert.ok(runcmd.some((command: string) => command.includes('semanage port -a -t ssh_port_t -p tcp 22022')))
  assert.doesNotMatch(
    [...names]
      .filter((name) => !/^id(\.ppk)?$/.test(name))
      .map((name) => text(out, name))
      .join(''),
    /PRIVATE|Private-/,
  )
})

vmTest('ssh reads the block, also of a folder with a blank in its name', ['ssh', 'sh'], async (vm, dir) => {
  const out = join(dir, "my 'servers'", 'web-1')
  mkdirSync(join(out, '..'))
  const made = await vm('make', 'web-1', '--user', 'mara', '--type', 'ed25519', '--host', '192.0.2.1', '--out', out)
  assert.equal(made.code, 0, made.err)
  const { port } = JSON.parse(text(out, 'facts.json'))
  const wanted = [
    `identityfile ${join(out, 'id')}`,
    'user mara',
    'hostname 192.0.2.1',
    `port ${port}`,
    'identitiesonly yes',
    'preferredauthentications publickey',
  ]
  const byBlock = (await must('ssh', ['-G', '-F', join(out, 'ssh_config'), 'web-1'])).split('\n')
  const byLine = (await must('sh', ['-c', `${text(out, 'ssh.sh').trim()} -G -F none`])).split('\n')
  for (const line of wanted) {
    assert.ok(byBlock.includes(line), line)
    assert.ok(byLine.includes(line), line)
  }
  for (const bad of ['a%h', 'a"b', 'a$' + '{HOME}', 'a\\b', 'a\nb']) {
    const { code, err } = await vm('make', 'web-1', '--user', 'mara', '--type', 'ed25519', '--out', join(dir, bad))
    assert.deepEqual([code, /--out/.test(err)], [1, true], err)
    assert.ok(!existsSync(join(dir, bad)))
  }
})

vmTest('a random port is high, and not the same twice in a hundred', [], async () => {
  const { randomPort } = await import('../../examples/passwordless-vm/fields.ts')
  const ports = Array.from({ length: 100 }, randomPort)
  assert.ok(ports.every((port) => Number.isInteger(port) && port >= 20_000 && port < 32_768))
  assert.ok(new Set(ports).size > 90)
})

vmTest(
  'a passphrase comes from a file that is private, and encrypts both private files',
  ['ssh-keygen'],
  async (vm, dir) => {
    const passphrase = put('correct horse\n', 'passphrase')
    const out = join(dir, 'web-1')
    const options = ['make', 'web-1', '--user', 'mara', '--type', 'ecdsa', '--out', out]
    const made = await vm(...options, '--passphrase-file', passphrase)
    assert.equal(made.code, 0, made.err)
    for (const name of ['id', 'id.ppk']) {
      await assert.rejects(parsePrivateKey(text(out, name)), { code: 'passphrase-required' })
    }
    const { publicKey } = await parsePrivateKey(text(out, 'id.ppk'), { passphrase: 'correct horse' })
    assert.equal(fingerprint(publicKey), JSON.parse(text(out, 'facts.json')).fingerprint)
    await must('ssh-keygen', ['-y', '-P', 'correct horse', '-f', join(out, 'id')])
    assert.notEqual((await run('ssh-keygen', ['-y', '-P', 'wrong', '-f', join(out, 'id')])).code, 0)

    const open = join(dir, 'open')
    writeFileSync(open, 'correct horse', { mode: 0o644 })
    const cases: readonly (readonly [string, RegExp])[] = [
      [open, /file-exposed/],
      [put('', 'empty'), /not empty/],
      [put('\n', 'empty'), /not empty/],
      [put('a\nb\n', 'two'), /one line/],
      [put('x'.repeat(2000), 'long'), /limit/],
      [join(dir, 'nowhere'), /file-not-found/],
    ]
    for (const [file, why] of cases) {
      const { code, err } = await vm(...options.slice(0, -1), join(dir, 'other'), '--passphrase-file', file)
      assert.equal(code, 1, err)
      assert.match(err, why)
      assert.doesNotMatch(err, /correct horse/)
      assert.ok(!existsSync(join(dir, 'other')))
    }
  },
)

vmTest('standard users are refused, unless they are forced', [], async (vm, dir) => {
  const guessed = 'root admin azureuser ec2-user ubuntu debian centos administrator test user1 pi postgres'.split(' ')
  for (const user of guessed) {
    const { code, err } = await vm('make', 'web-1', '--user', user, '--out', join(dir, 'no'))
    assert.equal(code, 1, user)
    assert.match(err, new RegExp(`--user ${user}: .*--force-user`))
  }
  assert.deepEqual(readdirSync(dir), [])
  const out = join(dir, 'yes')
  const forced = await vm('make', 'web-1', '--user', 'root', '--force-user', '--type', 'ed25519', '--out', out)
  assert.equal(forced.code, 0, forced.err)
  assert.match(text(out, 'resource-manager.json'), /"path": "\/root\/\.ssh\/authorized_keys"/)
  assert.match(text(out, 'cloud-init.yaml'), /PermitRootLogin prohibit-password/)
  assert.match(text(out, 'cloud-init.yaml'), /disable_root: false/)
})

vmTest('wrong usage is exit code 2, weak or wrong keys are 1, and nothing is written', ['openssl'], async (vm, dir) => {
  const key = await generateKey()
  const now = Math.floor(Date.now() / 1000)
  const request = { kind: 'user', publicKey: key.publicKey, keyId: 'x', principals: ['x'], serial: 1n } as const
  const certificate = await issueCertificate({ ...request, validAfter: now, validBefore: now + 9 }, key)
  const weak = await generateKey('rsa', { bits: 1024 })
  const files = {
    private: put(await formatPrivateKey(key), 'private'),
    encrypted: put(await formatPrivateKey(key, { passphrase: 'x', rounds: 1 }), 'encrypted'),
    pkcs8: put(await formatPrivateKey(key, { format: 'pkcs8' }), 'pkcs8'),
    ppk: put(await formatPrivateKey(key, { format: 'ppk' }), 'ppk'),
    certificate: put(formatCertificate(certificate), 'certificate'),
    weak: put(formatPublicKey(weak.publicKey), 'weak'),
    dsa: put(await dsaLine(), 'dsa'),
    two: put(formatPublicKey(key.publicKey).repeat(2), 'two'),
    bell: put(formatPublicKey(key.publicKey, { comment: 'a\u0007b' }), 'bell'),
    unknown: put(`ssh-foo ${Buffer.from('\0\0\0\x07ssh-foo').toString('base64')} x\n`, 'unknown'),
  }
  const good = ['web-1', '--user', 'mara', '--type', 'ed25519']
  const cases: readonly (readonly [code: 1 | 2, why: RegExp, line: readonly string[]])[] = [
    ...['0', '-1', '65536', '70000', '22x', '', ' 22', '1e3', '0x16', '22.5', '００'].map(
      (port) => [2, /--port|ambiguous/, [...good, '--port', port]] as const,
    ),
    ...['', 'Web', 'web_1', '-x', 'web-', '1', 'a b', 'a\nb', 'a;b', '../x', 'ä', `w${'x'.repeat(63)}`].map(
      (name) => [2, /NAME|Unknown option/, [name, ...good.slice(1)]] as const,
    ),
    ...['', 'Mara', 'a b', 'a\nb', '-x', '0mara', 'ma:ra', 'ma"ra', '$USER', 'ä', 'x'.repeat(33)].map(
      (user) => [2, /--user/, ['web-1', '--user', user]] as const,
    ),
    ...['-x', 'a b', 'a\nb', '127.1', '0x7f.1', 'a..b', '%h', 'fe80::1%eth0', ''].map(
      (host) => [2, /--host/, [...good, '--host', host]] as const,
    ),
    [2, /--user/, ['web-1']],
    [2, /NAME/, ['--user', 'mara']],
    [2, /NAME/, ['web-1', 'web-2', '--user', 'mara']],
    [2, /--type/, ['web-1', '--user', 'mara', '--type', 'foo']],
    [2, /--type/, ['web-1', '--user', 'mara', '--type', 'constructor']],
    [2, /--bits/, [...good, '--bits', '4096']],
    [2, /--bits/, ['web-1', '--user', 'mara', '--bits', '2049']],
    [2, /--days/, [...good, '--days', '0']],
    [2, /--foo/, [...good, '--foo']],
    [2, /--add-key/, [...good, ...Array.from({ length: 21 }, () => ['--add-key', files.bell]).flat()]],
    [1, /1024 bits is weak/, ['web-1', '--user', 'mara', '--bits', '1024']],
    [1, /2040 bits is weak/, ['web-1', '--user', 'mara', '--type', 'rsa', '--bits', '2040']],
    [1, /DSA is weak/, ['web-1', '--user', 'mara', '--type', 'dsa']],
    [1, /is-private-key/, [...good, '--add-key', files.private]],
    [1, /is-private-key/, [...good, '--add-key', files.encrypted]],
    [1, /is-private-key/, [...good, '--add-key', files.pkcs8]],
    [1, /is-private-key/, [...good, '--add-key', files.ppk]],
    [1, /is-certificate/, [...good, '--add-key', files.certificate]],
    [1, /1024 bits is weak/, [...good, '--add-key', files.weak]],
    [1, /DSA is weak/, [...good, '--add-key', files.dsa]],
    [1, /trailing-bytes/, [...good, '--add-key', files.two]],
    [1, /printable/, [...good, '--add-key', files.bell]],
    [1, /do not log in/, [...good, '--add-key', files.unknown]],
    [1, /file-not-found/, [...good, '--add-key', join(dir, 'nothing')]],
    [1, /ENOENT/, [...good, '--out', join(dir, 'no', 'folder')]],
  ]
  for (const [code, why, line] of cases) {
    const out = line.includes('--out') ? [] : ['--out', join(dir, 'web-1')]
    const ended = await vm('make', ...line, ...out)
    assert.equal(ended.code, code, `${JSON.stringify(line)}: ${ended.err}`)
    assert.match(ended.err, why)
    assert.equal(ended.out, '')
    assert.deepEqual(readdirSync(dir), [], JSON.stringify(line))
  }
  for (const line of [[], ['foo'], ['check'], ['check', 'a', 'b'], ['make']]) assert.equal((await vm(...line)).code, 2)
})

/** A DSA key from OpenSSL: no OpenSSH of today makes one. */
async function dsaLine(): Promise<string> {
  const pem = await must('openssl', ['gendsa', put(await must('openssl', ['dsaparam', '1024']))])
  return formatPublicKey((await parsePrivateKey(pem)).publicKey)
}

vmTest('a folder that is there is not touched; --force replaces one of an earlier run alone', [], async (vm, dir) => {
  const out = join(dir, 'web-1')
  const line = ['make', 'web-1', '--user', 'mara', '--type', 'ed25519', '--out', out]
  assert.equal((await vm(...line)).code, 0)
  const all = (): string => names.map((name) => text(out, name)).join()
  const before = all()
  const again = await vm(...line)
  assert.deepEqual([again.code, /is there already/.test(again.err)], [1, true])
  assert.equal(all(), before)
  assert.equal((await vm(...line, '--force')).code, 0)
  assert.notEqual(all(), before)

  writeFileSync(join(out, 'mine'), 'mine')
  const now = all()
  const others = await vm(...line, '--force')
  assert.deepEqual([others.code, /not replaced/.test(others.err)], [1, true])
  assert.deepEqual([all(), text(out, 'mine')], [now, 'mine'])

  writeFileSync(join(dir, 'file'), 'a file')
  symlinkSync(out, join(dir, 'link'))
  for (const name of ['file', 'link']) {
    for (const force of [[], ['--force']]) {
      const ended = await vm(...line.slice(0, -1), join(dir, name), ...force)
      assert.equal(ended.code, 1, ended.err)
    }
  }
  assert.deepEqual(readdirSync(dir).sort(), ['file', 'link', basename(out)])
  assert.deepEqual([text(dir, 'file'), all()], ['a file', now])
})

vmTest('check takes HOST[:PORT] in the forms that people write, and no other', [], async (vm) => {
  const { hostPort } = await import('../../examples/passwordless-vm/fields.ts')
  const forms: readonly (readonly [string, string, number])[] = [
    ['vm.example.com', 'vm.example.com', 22],
    ['vm.example.com:22022', 'vm.example.com', 22_022],
    ['192.0.2.1:1', '192.0.2.1', 1],
    ['2001:db8::1', '2001:db8::1', 22],
    ['[2001:db8::1]', '2001:db8::1', 22],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
  ]
  for (const [given, host, port] of forms) assert.deepEqual(hostPort(given), { host, port })
  const bad = [
    '',
    ':22',
    'a:',
    'a:0',
    'a:65536',
    'a:b',
    'a:22:22',
    '[a]:22',
    '[::1',
    '[]',
    'a b',
    '-oProxyCommand=id',
    'a\n',
  ]
  for (const given of [...bad, 'mara@a', '[2001:db8::1]x', '%h', 'fe80::1%eth0']) {
    assert.equal((await vm('check', '--', given)).code, 2, given)
  }
  for (const user of ['', '-x', 'a b', 'a\n', '%r']) {
    assert.equal((await vm('check', '127.0.0.1:1', `--user=${user}`)).code, 2, user)
  }
})

vmTest('check believes what the log of ssh says of methods, and nothing else', [], async () => {
  const { answerIn } = await import('../../examples/passwordless-vm/check.ts')
  const said = (methods: string): string =>
    `debug1: x\r\ndebug1: Authentications that can continue: ${methods}\r\ndebug1: y\r\n`
  const cases: readonly (readonly [string, string[], string[]])[] = [
    ['publickey', ['publickey'], []],
    ['publickey,password', ['publickey', 'password'], ['password']],
    [
      'publickey,gssapi-with-mic,keyboard-interactive',
      ['publickey', 'gssapi-with-mic', 'keyboard-interactive'],
      ['keyboard-interactive'],
    ],
    ['publickey,not-password', ['publickey', 'not-password'], []],
  ]
  for (const [named, methods, passwords] of cases)
    assert.deepEqual(answerIn(said(named), 'h', 1), { methods, passwords })
  for (const log of [
    'Authenticated to h ([192.0.2.1]:22) using "none".\r\n',
    'debug1: Authentication succeeded (none).\n',
  ]) {
    assert.deepEqual(answerIn(log, 'h', 1), { methods: ['none'], passwords: ['none'] })
  }
  for (const log of [
    '',
    said(''),
    'debug1: connecting\nssh: connect to host h port 1: Connection refused\n',
    `x ${said('publickey').slice(11)}`,
  ]) {
    assert.throws(() => answerIn(log, 'h', 1), { name: 'NoAnswer' })
  }
})
