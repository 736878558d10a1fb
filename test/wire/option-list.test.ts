import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionsEnd, splitOptions } from '../../src/wire/option-list.ts'

test('options end at the first blank outside of quotes', () => {
  assert.equal(optionsEnd('no-pty,command="a b" ssh-rsa', 0), 20)
  assert.equal(optionsEnd('command="a \\" b"\tssh-rsa', 0), 16)
  assert.equal(optionsEnd('no-pty', 0), 6)
  assert.equal(optionsEnd('command="a b', 0), -1)
})

test('options are split, their quotes resolved', () => {
  assert.deepEqual(splitOptions('No-Pty,command="a,\\"b\\" \\\\c",restrict'), [
    { name: 'no-pty' },
    { name: 'command', value: 'a,"b" \\\\c' },
    { name: 'restrict' },
  ])
  assert.deepEqual(splitOptions('from=""'), [{ name: 'from', value: '' }])
  assert.deepEqual(splitOptions(''), [])
})

test('empty places are taken as OpenSSH takes them', () => {
  assert.deepEqual(splitOptions(',no-pty,,restrict'), [{ name: 'no-pty' }, { name: 'restrict' }])
})

test('what is no option is refused', () => {
  for (const text of ['no-pty,', ',', 'a=b', 'a="b', 'a="b"c', 'a="b"c,d', 'a=', 'a="\\"', 'a="b",']) {
    assert.throws(() => splitOptions(text), { code: 'bad-value' }, text)
  }
})
