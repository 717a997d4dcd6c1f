import type { Actor, Message } from '@parley/contracts'
import { openTestDatabase } from '@parley/database/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPage } from '../../test/read-page.ts'
import { createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

let world: TestWorld
beforeAll(async () => {
  world = await createTestWorld(() => openTestDatabase(conversationOwner))
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Who of three, and what they try; indexes are taken modulo what there is. */
const who = fc.nat(2)
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), who, key: fc.nat(5), text: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), who, at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), who, at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), who, at: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), who }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** What the conversation is said to be, in the plainest way to say it. */
class Model {
  messages: { id: string; sender: number; key: number; sent: string; text: string; deleted: boolean }[] = []
  /** The first one owns the group and stays. */
  people = upTo(3).map(() => ({ active: true, visibleFrom: 0, read: 0 }))
  rev = 1

  visible(viewer: number) {
    const { active, visibleFrom } = this.people[viewer]!
    return active ? this.messages.map((m, i) => ({ ...m, seq: i + 1 })).filter((m) => m.seq > visibleFrom) : []
  }

  unread(viewer: number) {
    const { read } = this.people[viewer]!
    return this.visible(viewer).filter((m) => m.seq > read && m.sender !== viewer && !m.deleted).length
  }
}

async function apply(model: Model, id: string, actors: Actor[], op: Operation): Promise<void> {
  const { chat, send, store } = world
  const me = actors[op.who]!
  const self = model.people[op.who]!
  const result = async (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'ok',
      (err) => err.code,
    )
  if (op.kind === 'send') {
    const text = `text ${op.text}`
    const known = model.messages.findIndex((m) => m.sender === op.who && m.key === op.key)
    const attempt = send(id, me, text, { clientId: `k${op.key}` })
    const before = model.messages[known]
    if (before && before.sent !== text) expect(await result(attempt)).toBe('key_reused')
    else if (before)
      expect(await attempt).toMatchObject({ created: false, message: { id: before.id, seq: known + 1, content: text } })
    else if (!self.active) expect(await result(attempt)).toBe('not_found')
    else {
      const { message, created } = await attempt
      expect([created, message.seq]).toEqual([true, model.messages.length + 1])
      model.messages.push({ id: message.id, sender: op.who, key: op.key, sent: text, text, deleted: false })
      self.read = model.messages.length
    }
  } else if (op.kind === 'edit' || op.kind === 'delete') {
    const seen = model.visible(op.who)
    if (seen.length === 0) return
    const { seq, ...message } = seen[op.at % seen.length]!
    const target = model.messages[seq - 1]!
    const text = `edited ${model.rev}`
    const attempt =
      op.kind === 'edit'
        ? chat.editMessage(me, { messageId: message.id, content: text })
        : chat.deleteMessage(me, { messageId: message.id })
    const refused = message.sender !== op.who || (op.kind === 'edit' && message.deleted)
    expect(await result(attempt)).toBe(refused ? 'forbidden' : 'ok')
    if (refused || message.deleted) return
    model.rev++
    target.text = op.kind === 'edit' ? text : ''
    target.deleted = op.kind === 'delete'
  } else if (op.kind === 'read') {
    const mark = { tenantId: me.tenantId, conversationId: id, userId: me.userId, seq: op.at }
    const attempt = store.markRead(mark)
    if (!self.active) return expect(await result(attempt)).toBe('not_found')
    const target = Math.min(op.at, model.messages.length)
    if (target > self.read) {
      self.read = target
      model.rev++
    }
    expect(await attempt).toEqual({ lastReadSeq: self.read, unreadCount: model.unread(op.who) })
  } else if (op.kind === 'leave') {
    if (op.who === 0) return
    const attempt = chat.removeParticipant(actors[0]!, { conversationId: id, userId: me.userId })
    expect(await result(attempt)).toBe(self.active ? 'ok' : 'not_found')
    if (self.active) model.rev++
    self.active = false
  } else {
    const { created } = await chat.addParticipant(actors[0]!, { conversationId: id, userId: me.userId })
    expect(created).toBe(!self.active)
    if (self.active) return
    model.rev++
    Object.assign(self, { active: true, visibleFrom: model.messages.length, read: model.messages.length })
  }
}

test('after any sequence of operations, everybody sees and counts what a plain model says', async () => {
  const property = fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 30 }), async (operations) => {
    const { people, group, store, withoutNotices } = world
    const { ana, ben, joe, tenantId } = people('ana', 'ben', 'joe')
    await withoutNotices(ana)
    const actors = [ana, ben, joe]
    const id = await group(ana, ben, joe)
    const model = new Model()
    for (const op of operations) await apply(model, id, actors, op)
    for (const [viewer, { userId }] of actors.entries()) {
      const page = (await readPage(store.reads, { tenantId, userId }, id, { limit: 100 })) ?? []
      const unread = await store.snapshot(tenantId, ({ conversations }) => conversations.unreadCount(userId, id))
      const shown = (m: Message) => ({ id: m.id, seq: m.seq, text: m.content, deleted: m.deletedAt !== null })
      const expected = model.visible(viewer).map((m) => ({ id: m.id, seq: m.seq, text: m.text, deleted: m.deleted }))
      expect(page.map(shown)).toEqual(expected)
      expect(unread).toBe(model.people[viewer]!.active ? model.unread(viewer) : null)
    }
    const [head] = await store.snapshot(tenantId, ({ conversations }) => conversations.heads([id]))
    expect(head).toEqual({ conversationId: id, seq: model.messages.length, rev: model.rev })
  })
  await fc.assert(property, { numRuns: 25, interruptAfterTimeLimit: 20_000 })
})
