import type { LiveEntry } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RecentTellings } from './recent-tellings.ts'

const conversationId = '019a4000-0000-7000-8000-000000000001'
const entry = (seq: number, event = 'new_message'): LiveEntry => ({
  ...{ tenantId: 'acme', conversationId, seq, rev: 0, span: 1, aboutSeq: seq, event, json: '{"content":"words"}' },
  audience: { version: null, userIds: [] },
})
const envelope = (number: number, ...entries: LiveEntry[]) => ({ publisherId: 'p', number, entries, committedAt: 0 })

test('a message is remembered by where it stands, as it was first heard of, and without its words', () => {
  const recent = new RecentTellings()
  recent.add(envelope(1, entry(1), entry(1, 'messages_read')), false)
  recent.add(envelope(2, entry(2)), false)
  recent.add(envelope(3, entry(2)), true)
  expect(recent.find(conversationId, 2).telling).toMatchObject({ publisherId: 'p', number: 2, late: false })
  expect(recent.find(conversationId, 3).telling).toBeUndefined()
  expect(recent.find('019a4000-0000-7000-8000-000000000002', 2).telling).toBeUndefined()
  expect(JSON.stringify(recent.find(conversationId, 1))).not.toContain('words')
})

test('only the last are remembered, and it is said since when', async () => {
  const recent = new RecentTellings(2)
  const began = recent.find(conversationId, 1).since
  recent.add(envelope(1, entry(1)), false)
  const { at } = recent.find(conversationId, 1).telling!
  recent.add(envelope(2, entry(2), entry(3)), false)
  expect(recent.find(conversationId, 1)).toEqual({ since: at })
  expect(at).toBeGreaterThanOrEqual(began)
  expect(recent.find(conversationId, 3).telling).toBeDefined()
})
