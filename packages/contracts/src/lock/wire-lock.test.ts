import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeLiveEnvelope } from '../live/live-envelope.ts'
import { explainBreaks, wireBreaks } from './wire-compatibility.ts'
import { currentWire, lockOf, type WireLock } from './wire-lock.ts'

const locked: WireLock = JSON.parse(readFileSync(new URL('../../wire-lock.json', import.meta.url), 'utf8'))
const current = currentWire()

test('whatever peers of the locked contracts send and read still fits', () => {
  const breaks = wireBreaks(locked.wire, current)
  if (breaks.length > 0) expect.fail(explainBreaks(breaks))
})

test('the lock holds what its hash says', () => {
  expect(lockOf(locked.wire).hash, 'wire-lock.json was edited by hand: run npm run generate').toBe(locked.hash)
})

test('additions are locked too', () => {
  expect(lockOf(current).hash, 'the wire has grown: lock the additions with npm run generate').toBe(locked.hash)
})

test('a live envelope as a peer of the locked release tells it is read', () => {
  const told = decodeLiveEnvelope(Buffer.from(String(locked.wire.facts['live envelope']), 'hex'))
  expect(told).toMatchObject({ publisherId: 'publisher', number: 7 })
  expect(told.entries).toMatchObject([
    { conversationId: '01900000-0000-7000-8000-000000000001', seq: 5, rev: 3, event: 'new_message', json: '{"seq":5}' },
  ])
})

test('every schema of the wire is in the lock', () => {
  expect(Object.keys(locked.wire.procedures)).toContain('parley.rpc.v1.chat.sendMessage')
  expect(Object.keys(locked.wire.procedures)).toContain('parley.rpc.v1.edge.catchUp')
  expect(locked.wire.clientEvents.send_message?.input).toEqual({ $ref: '#/definitions/SendMessage' })
  expect(locked.wire.serverEvents.new_message).toEqual({ $ref: '#/definitions/Message' })
  expect(locked.wire.eventData['message.created']).toEqual({ $ref: '#/definitions/Message' })
  expect(Object.keys(locked.wire.topics)).toEqual(
    expect.arrayContaining(['parley.pulse.v1', 'parley.replica.v1.{service}', 'parley.control.v1 policy_changed']),
  )
  expect(Object.keys(locked.wire.hostTopics)).toEqual(['parley.host.v1.{tenantId}.context.upsert'])
  expect(locked.wire.definitions.Message).toMatchObject({ type: 'object', properties: { seq: { type: 'integer' } } })
  expect(JSON.stringify(locked.wire)).not.toContain('"description":"')
})
