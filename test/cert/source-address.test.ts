import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressInList } from '../../src/cert/index.ts'
import { parseAddress, parseAddressList } from '../../src/cert/source-address.ts'

describe('addresses', () => {
  it('IPv4: four decimal numbers, no leading zeros', () => {
    assert.deepEqual(parseAddress('192.0.2.255'), { size: 32, value: 0xc00002ffn })
    assert.deepEqual(parseAddress('0.0.0.0'), { size: 32, value: 0n })
    for (const bad of [
      '',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
      ' 1.2.3.4',
      '1.2.3.4\n',
      '0x1.2.3.4',
      '1.2.3.-4',
      '1.2.3.4/32',
      '1e0.0.0.0',
      '٣.0.0.0',
    ]) {
      assert.equal(parseAddress(bad), undefined, JSON.stringify(bad))
    }
  })

  it('IPv6: RFC 4291 section 2.2, its examples and its edges', () => {
    const cases = [
      ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a'],
      ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
      ['ff01::101', 'ff010000000000000000000000000101'],
      ['::1', '00000000000000000000000000000001'],
      ['::', '00000000000000000000000000000000'],
      ['1::', '00010000000000000000000000000000'],
      ['::13.1.68.3', '0000000000000000000000000d014403'],
      ['::ffff:129.144.52.38', '00000000000000000000ffff81903426'],
      ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
      ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
      ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ] as const
    for (const [text, expected] of cases)
      assert.deepEqual(parseAddress(text), { size: 128, value: BigInt(`0x${expected}`) }, text)
    for (const bad of [
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '::1:2:3:4:5:6:7:8',
      '12345::',
      'g::',
      '::1%eth0',
      '[::1]',
      '1.2.3.4::',
      '::1.2.3',
      '::1.2.3.4:5',
      ':1',
      '1:',
      '::1 ',
      '::01.2.3.4',
      '1:2:3:4:5:6:7:1.2.3.4',
      `::${'0'.repeat(50)}`,
    ]) {
      assert.equal(parseAddress(bad), undefined, bad)
    }
  })
})

describe('lists', () => {
  it('entries are addresses or networks with host bits zero', () => {
    assert.equal(parseAddressList('10.0.0.0/8,::1,192.0.2.1/32,2001:db8::/32')?.length, 4)
    for (const bad of [
      '',
      ',',
      '10.0.0.0/8,',
      ',10.0.0.0/8',
      '10.0.0.0/8,,::1',
      '10.0.0.0/8, ::1',
      '10.0.0.1/8',
      '10.0.0.0/33',
      '::/129',
      '::1/127',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/+8',
      '10.0.0.0/-1',
      '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0',
      '10/8',
      '/8',
      '!10.0.0.0/8',
      '*',
    ]) {
      assert.equal(parseAddressList(bad), undefined, bad)
    }
  })

  it('match bit by bit', () => {
    for (let bits = 0; bits <= 32; bits++) {
      const address = [255, 255, 255, 255].map((_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))) & 255)
      const list = `${address.join('.')}/${bits}`
      assert.equal(addressInList('255.255.255.255', list), true, list)
      if (bits > 0) {
        const other = address.slice()
        other[(bits - 1) >> 3]! ^= 128 >> ((bits - 1) & 7)
        assert.equal(addressInList(other.join('.'), list), false, list)
      }
    }
    assert.equal(addressInList('2001:db8:ffff::1', '2001:db8::/33'), false)
    assert.equal(addressInList('2001:db8:7fff::1', '2001:db8::/33'), true)
  })

  it('families do not mix, but an IPv4 address written as IPv6 is that IPv4 address', () => {
    assert.equal(addressInList('::1', '0.0.0.0/0'), false)
    assert.equal(addressInList('1.2.3.4', '::/0'), false)
    assert.equal(addressInList('::ffff:10.1.2.3', '10.0.0.0/8'), true)
    assert.equal(addressInList('::ffff:11.1.2.3', '10.0.0.0/8'), false)
    assert.equal(addressInList('::10.1.2.3', '10.0.0.0/8'), false)
  })

  it('what is no address, or no list, is in no list', () => {
    for (const address of ['', 'localhost', '10.0.0.1/32', '10.0.0.1 ', '::1%lo']) {
      assert.equal(addressInList(address, '0.0.0.0/0,::/0'), false, address)
    }
    assert.equal(addressInList('10.0.0.1', '10.0.0.1,bad'), false)
    assert.equal(addressInList('10.0.0.1', ''), false)
  })
})
