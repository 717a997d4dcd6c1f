import { jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats } from '@nats-io/transport-node'
import type { Conversation, Message } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'
import { startServerStack } from '../stack/test-stack.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const seqs = (messages: Message[]) => messages.map((message) => message.seq)

describeStacks('many at once over %s', ({ stack, socket: connected }) => {
  const socket = (userId: string, gateway = 0) => connected(userId, { gateway, transports: ['websocket'] })

  test('32 writers on 10 conversations: dense, no repeat, and everybody hears the order of the history', async () => {
    const people = upTo(32).map((n) => `writer-${n}`)
    const owner = rest(stack, people[0]!)
    const ids = await Promise.all(upTo(10).map(async (n) => (await owner.group(people.slice(1), `group ${n}`)).id))
    const sockets = await Promise.all(people.map((userId, i) => socket(userId, i)))
    const acks = await Promise.all(
      sockets.flatMap((one, i) =>
        upTo(10).map(async (n) => {
          const conversationId = ids[(i + n) % 10]!
          const input = { conversationId, content: `${i}-${n}` }
          const reply = n % 3 ? await one.send('send_message', input) : undefined
          if (reply) return reply.ok ? reply.data : expect.unreachable(reply.error.message)
          const { conversationId: id, ...body } = input
          return (await rest(stack, people[i]!).call<Message>('POST', `/conversations/${id}/messages`, body)).body
        }),
      ),
    )
    for (const id of ids) {
      const acked = acks.filter((message) => message.conversationId === id)
      const history = await owner.messages(id)
      expect(seqs(history)).toEqual(upTo(acked.length))
      const byId = new Map(history.map((message) => [message.id, message]))
      for (const { id: messageId, seq, content } of acked) expect(byId.get(messageId)).toMatchObject({ seq, content })
      expect(byId.size).toBe(acked.length)
      await expect
        .poll(() => sockets.map((one) => seqs(one.messages(id))), { timeout: 20_000 })
        .toEqual(sockets.map(() => upTo(acked.length)))
    }
  })

  test('50 parallel sends with one clientId make one message, and every reply names it; another body is key_reused', async () => {
    const { id } = await rest(stack, 'ana').direct('ben')
    const [one, two] = await Promise.all([socket('ana', 0), socket('ana', 1)])
    const send = async (i: number, content: string) => {
      if (i % 2) {
        const reply = await (i % 4 === 1 ? one : two).send('send_message', {
          conversationId: id,
          content,
          clientId: 'k',
        })
        return reply.ok ? reply.data.id : reply.error.code
      }
      const { body } = await rest(stack, 'ana').call<Message & { code?: string }>(
        'POST',
        `/conversations/${id}/messages`,
        {
          content,
          clientId: 'k',
        },
      )
      return body.code ?? body.id
    }
    const ids = await Promise.all(upTo(50).map((i) => send(i, 'once')))
    expect(new Set(ids).size).toBe(1)
    expect((await rest(stack, 'ana').messages(id)).map((message) => message.id)).toEqual([ids[0]])
    expect(await Promise.all(upTo(4).map((i) => send(i, 'something else')))).toEqual(upTo(4).map(() => 'key_reused'))
  })

  test('two bodies under one clientId at once: one wins, and every other call is told so', async () => {
    const { id } = await rest(stack, 'ana').direct('bodil')
    const [one, two] = await Promise.all([socket('ana', 0), socket('ana', 1)])
    const replies = await Promise.all(
      upTo(40).map((i) =>
        (i % 2 ? one : two).send('send_message', {
          conversationId: id,
          content: i % 4 < 2 ? 'tea' : 'coffee',
          clientId: 'cup',
        }),
      ),
    )
    const [message, ...more] = await rest(stack, 'ana').messages(id)
    expect(more).toEqual([])
    const sent = upTo(40).map((i) => (i % 4 < 2 ? 'tea' : 'coffee'))
    expect(replies.map((reply) => (reply.ok ? reply.data.id : reply.error.code))).toEqual(
      sent.map((content) => (content === message!.content ? message!.id : 'key_reused')),
    )
  })

  test('readers and writers at once: every watermark is where its reader put it, and each move was told once', async () => {
    const readers = upTo(12).map((n) => `reader-${n}`)
    const owner = rest(stack, 'ana')
    const { id } = await owner.group(readers)
    const sockets = await Promise.all(readers.map((userId, i) => socket(userId, i)))
    const listener = await socket('ana', 1)
    await Promise.all([
      ...upTo(60).map((n) => owner.call('POST', `/conversations/${id}/messages`, { content: `m${n}` })),
      ...sockets.map(async (one, i) => {
        for (const seq of [i + 1, 20 + i, 60]) {
          const reply = await one.send('mark_read', { conversationId: id, seq })
          expect(reply.ok).toBe(true)
        }
      }),
    ])
    for (const one of sockets) await one.send('mark_read', { conversationId: id, seq: 60 })
    const { body } = await owner.call<Conversation>('GET', `/conversations/${id}`)
    expect(body.lastSeq).toBe(60)
    const watermarks = Object.fromEntries(body.participants.map(({ userId, lastReadSeq }) => [userId, lastReadSeq]))
    expect(readers.map((userId) => watermarks[userId])).toEqual(readers.map(() => 60))
    // revision 1 made the group, and every later one was a read
    await expect.poll(() => listener.of('messages_read').length).toBe(body.rev - 1)
    const told = listener.of<{ userId: string; seq: number }>('messages_read')
    for (const userId of readers) {
      const moves = told.filter((read) => read.userId === userId).map((read) => read.seq)
      expect(moves).toEqual([...new Set(moves)].sort((a, b) => a - b))
    }
  })

  test('500 of the largest messages at once exceed no limit of the bus', async () => {
    const { id } = await rest(stack, 'ana').direct('chris')
    const [sender, listener] = await Promise.all([socket('ana', 0), socket('chris', 1)])
    const content = '🎉'.repeat(2_000)
    const replies = await Promise.all(upTo(500).map(() => sender.send('send_message', { conversationId: id, content })))
    expect(replies.filter((reply) => !reply.ok)).toEqual([])
    await expect.poll(() => seqs(listener.messages(id)), { timeout: 20_000 }).toEqual(upTo(500))
    expect(listener.messages(id).every((message) => message.content === content)).toBe(true)
  })

  test('one bad item among many: only its sender is refused', async () => {
    const { id } = await rest(stack, 'ana').direct('dora')
    const sender = await socket('ana')
    const replies = await Promise.all(
      upTo(50).map((n) =>
        sender.send('send_message', {
          conversationId: id,
          content: n === 25 ? 'a\u0000b' : `m${n}`,
          clientId: `c${n}`,
        }),
      ),
    )
    expect(replies.flatMap((reply, i) => (reply.ok ? [] : [[i, reply.error.code]]))).toEqual([[24, 'invalid_input']])
    expect(seqs(await rest(stack, 'ana').messages(id))).toEqual(upTo(49))
  })
})

describe('the event stream', () => {
  test('has every event once its outbox entry is gone, also when the stream was missing', async () => {
    await using stack = await startServerStack({ ownNats: true })
    const nats = await connectNats({ servers: stack.natsUrl! })
    try {
      const jsm = await jetstreamManager(nats)
      const ana = rest(stack, 'ana')
      const { id } = await ana.direct('ben')
      await jsm.streams.delete('PARLEY_EVENTS')
      for (const n of upTo(3)) await ana.call('POST', `/conversations/${id}/messages`, { content: `m${n}` })
      const waiting = async () => Number((await stack.asOwner('SELECT count(*) AS n FROM outbox'))[0]!.n)
      const stored = async () =>
        (await jsm.streams.info('PARLEY_EVENTS', { subjects_filter: '>' }).catch(() => undefined))?.state.messages ?? 0
      await expect
        .poll(
          async () => {
            const left = await waiting()
            return { left, enough: (await stored()) >= 3 }
          },
          { timeout: 30_000 },
        )
        .toEqual({ left: 0, enough: true })
      // in no promised order, so by id
      const { last_seq: last, first_seq: first } = (await jsm.streams.info('PARLEY_EVENTS')).state
      const events = await Promise.all(
        upTo(last - first + 1).map((n) => jsm.streams.getMessage('PARLEY_EVENTS', { seq: first + n - 1 })),
      )
      const messages = events.flatMap((event) =>
        event?.subject === 'parley.event.v1.default.message.created' ? [event] : [],
      )
      expect(messages.map(({ header }) => header.get('Nats-Msg-Id')).sort()).toEqual(upTo(3).map((n) => `${id}:${n}`))
      for (const event of messages) {
        const { seq } = event.json<{ seq: number }>()
        expect(event.json()).toMatchObject({ id: `${id}:${seq}`, tenantId: 'default', data: { content: `m${seq}` } })
      }
    } finally {
      await nats.close()
    }
  })
})
