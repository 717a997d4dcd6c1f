import { randomUUID } from 'node:crypto'
import { readOwnerSql } from '@parley/database'
import { toSnakeCase } from 'drizzle-orm/casing'
import { getTableConfig } from 'drizzle-orm/pg-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conversationOwner } from '../owner.ts'
import { messages } from '../tables/tables.ts'
import { encodedPage } from './page-text.ts'
import { toMessage } from './to-message.ts'

const CONVERSATION = '0192c0de-0000-7000-8000-000000000001'
const id = fc.uuid()
/** As ids of users are: anything, even what objects have by themselves, but for what cannot be seen. */
const person = fc.oneof(
  fc.constantFrom('ana', '__proto__', 'constructor', 'a "quoted" \\ one'),
  fc.string({ minLength: 1 }).map(visible),
)
const message = fc.record({
  id,
  seq: fc.integer({ min: 1, max: 1e9 }),
  type: fc.constantFrom('text', 'system', 'my_kind'),
  createdAt: fc.integer({ min: 0, max: 4e12 }),
  senderId: person,
  content: fc.string({ unit: 'binary' }),
})
const profile = fc.tuple(fc.option(fc.string()), fc.option(fc.webUrl()))

function visible(text: string): string {
  return `u${text.replaceAll(/\p{Cc}/gu, '')}`
}

test('what is put together as text is what an encoded message is, to the letter', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), profile, (messages, [name, avatarUrl]) => {
      const known = messages[0]?.senderId
      const units = messages.flatMap(({ id, seq, type, createdAt, senderId, content }) => [
        id,
        seq,
        type,
        createdAt * 1_000 + 999,
        senderId,
        JSON.stringify(content),
      ])
      const senders = known === undefined ? '' : `{${JSON.stringify(known)}:${JSON.stringify([name, avatarUrl])}}`
      const page = encodedPage(CONVERSATION, `${senders}\x1d\x1d${units.join('\x1f')}`)
      const expected = messages.map((one) =>
        toMessage({
          ...{ ...one, conversationId: CONVERSATION, rev: 0, payload: null, editedAt: null, deletedAt: null },
          ...{ imported: false, reactions: null, extras: null },
          name: one.senderId === known ? name : null,
          avatarUrl: one.senderId === known ? avatarUrl : null,
        }),
      )
      expect(page).toEqual(expected.map((each) => ({ seq: each.seq, json: JSON.stringify(each) })))
    }),
    { seed: 10, numRuns: 200 },
  )
})

test('an id that has a separator in it is no way to write into a page', () => {
  const page = (senderId: string) => [`\x1d\x1d${randomUUID()}`, 1, 'text', 1, senderId, '"hello"'].join('\x1f')
  expect(encodedPage(CONVERSATION, page('eve'))).toHaveLength(1)
  expect(() => encodedPage(CONVERSATION, page('eve\x1f"},{"seq":7,"x":"'))).toThrow()
  expect(() => encodedPage(CONVERSATION, page('eve\x1f1\x1f2\x1f3\x1f4\x1f5\x1f6'))).toThrow()
  expect(() => encodedPage(CONVERSATION, page('eve\x1d'))).toThrow()
})

test('what a message may have is on every page as text, or makes it one that is not as most are', async () => {
  const { functions } = await readOwnerSql(conversationOwner)
  const { sql } = functions.find(({ name }) => name.endsWith('page_text.sql'))!
  const unlikeMost = sql.slice(0, sql.indexOf(';', sql.indexOf('is_unlike_most')))
  const onEachPage = ['id', 'conversation_id', 'seq', 'type', 'created_at', 'sender_id', 'content']
  // these change with `rev` or go with another, or are nobody's to read
  const besides = ['edited_at', 'deleted_at', 'pinned_by', 'tenant_id', 'client_id', 'body_hash']
  const columns = getTableConfig(messages).columns.map(({ name }) => toSnakeCase(name))
  const forgotten = columns.filter(
    (name) => ![...onEachPage, ...besides].includes(name) && !unlikeMost.includes(`m.${name} `),
  )
  expect(forgotten).toEqual([])
})
