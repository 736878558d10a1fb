import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatClientSetup } from '../../src/ca/index.ts'

it('the block of ssh_config has what was asked for, and nothing that was smuggled in', () => {
  const hosts = ['*.corp', '!gate.corp']
  assert.equal(
    formatClientSetup({ hosts, socket: '~/.ssh/100%.sock', user: 'deploy', knownHosts: '/etc/my hosts' }),
    `Host *.corp !gate.corp
  IdentityAgent "~/.ssh/100%%.sock"
  IdentitiesOnly no
  IdentityFile none
  User deploy
  UserKnownHostsFile "/etc/my hosts"
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
`,
  )
  for (const text of ['a\nProxyCommand x', 'a"b', 'a\\b', '$HOME', '$\u007bHOME}', '', 'a\u2028b', 'a\0']) {
    assert.throws(() => formatClientSetup({ hosts, socket: text }), TypeError, text)
    assert.throws(() => formatClientSetup({ hosts, socket: 's', knownHosts: text }), TypeError, text)
  }
  for (const text of ['a b', '', 'a\nb', '"', 'a,b']) {
    assert.throws(() => formatClientSetup({ hosts: [text], socket: 's' }), TypeError, text)
    assert.throws(() => formatClientSetup({ hosts, socket: 's', user: text }), TypeError, text)
  }
  assert.throws(() => formatClientSetup({ hosts: [], socket: 's' }), TypeError)
})
