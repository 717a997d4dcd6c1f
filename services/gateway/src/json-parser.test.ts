import * as parser from 'socket.io-parser'
import { expect, test } from 'vitest'
import { Decoder } from './json-parser.ts'

function decode(...packets: unknown[]) {
  const decoder = new Decoder()
  const decoded: parser.Packet[] = []
  decoder.on('decoded', (packet: parser.Packet) => decoded.push(packet))
  for (const packet of packets) decoder.add(packet)
  return { decoder, decoded }
}
const event = (id: number | undefined, ...data: unknown[]) => ({ type: parser.PacketType.EVENT, nsp: '/', id, data })
const blob = Buffer.alloc(7_000)

test('text goes through as it is', () => {
  expect(decode('27["send_message",{"content":"x"}]', '2["typing_start",{}]').decoded).toMatchObject([
    event(7, 'send_message', { content: 'x' }),
    { type: parser.PacketType.EVENT, data: ['typing_start', {}] },
  ])
})

test('an event with attachments is heard without its arguments when they have come, so that it is refused', () => {
  const head = '52-7["send_message",{"content":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]'
  expect(decode(head, blob).decoded).toEqual([])
  expect(decode(head, blob, blob, '28["sync",{}]').decoded).toMatchObject([
    event(7, 'send_message'),
    event(8, 'sync', {}),
  ])
  expect(decode('51-["a\\"b",{"_placeholder":true,"num":0}]', blob).decoded).toMatchObject([{ data: ['a"b'] }])
})

test('nothing of it is kept meanwhile', () => {
  const { decoder } = decode(`510-["send_message","${'x'.repeat(900_000)}"]`, ...Array.from({ length: 9 }, () => blob))
  const kept = JSON.stringify(decoder, (_, value) => (value instanceof Uint8Array ? `bytes ${value.length}` : value))
  expect(kept).not.toContain('bytes')
  expect(decoder).not.toHaveProperty('reconstructor', expect.anything())
})

test.each([
  ['an answer with attachments', ['61-7[{"_placeholder":true,"num":0}]']],
  ['an attachment that was not announced', [blob]],
  ['attachments that are large', ['52-["a",{},{}]', Buffer.alloc(40_000), Buffer.alloc(40_000)]],
  ['text where an attachment was to come', ['51-["a",{}]', '2["a"]']],
  ['as many as fit into no number', ['5100-["a"]']],
  ['none at all', ['50-["a"]']],
  ['what is no event', ['51-{}']],
])('%s is a fault of the connection', (_, packets) => {
  expect(() => decode(...packets)).toThrow()
})
