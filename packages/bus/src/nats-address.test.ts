import { expect, test } from 'vitest'
import { parseNatsAddress } from './nats-address.ts'

test('credentials are taken out of the address', () => {
  expect(parseNatsAddress('nats://ann:p%40ss@bus.example:4333')).toEqual({
    servers: ['bus.example:4333'],
    tls: false,
    user: 'ann',
    pass: 'p@ss',
  })
})

test('several servers, a default port, TLS and a token', () => {
  expect(parseNatsAddress('tls://secret@one.example, tls://two.example:4223')).toEqual({
    servers: ['one.example:4222', 'two.example:4223'],
    tls: true,
    token: 'secret',
  })
})

test('a wrong address is refused without showing what it holds', () => {
  expect(() => parseNatsAddress('nats://ann:secret@:x')).toThrow(/^A NATS server is given as/)
})
