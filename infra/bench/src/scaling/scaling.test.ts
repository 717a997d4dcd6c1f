import { expect, test } from 'vitest'
import { NOON, scaleOf } from './model.ts'
import { populationOf, scalingReport } from './scaling-command.ts'

test('twice the people are twice the messages and the gateways, and each gateway hears twice as much', () => {
  const one = scaleOf(NOON)
  const two = scaleOf({ ...NOON, sockets: 2 * NOON.sockets })
  expect(two.messages / one.messages).toBeCloseTo(2)
  expect(two.gateways / one.gateways).toBe(2)
  expect(two.gateway.own / one.gateway.own).toBeCloseTo(1)
  expect(two.gateway.hearing / one.gateway.hearing).toBeCloseTo(2)
  expect(two.nats.bytes / one.nats.bytes).toBeCloseTo(4)
})

test('the command says what it was asked, and what may be asked', () => {
  expect(populationOf(['--sockets', '5000', '--messages-per-hour', '60'])).toEqual({
    ...NOON,
    sockets: 5_000,
    messagesPerHour: 60,
  })
  expect(scalingReport(['--sockets', '20000'])).toContain('| sockets | 20,000 |')
  expect(() => populationOf(['--socket', '5'])).toThrow(/--messages-per-hour n {3}\(6\)/)
  expect(() => populationOf(['--sockets', 'many'])).toThrow('--sockets wants a number above 0, not many')
})
