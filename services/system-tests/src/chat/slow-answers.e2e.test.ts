import type { Bus } from '@parley/bus'
import type { Message } from '@parley/contracts'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { numberedPeople } from '../stack/describe-stacks.ts'
import { connect, rest, type TestSocket } from '../stack/test-client.ts'
import { startEmbeddedStack, type TestStack } from '../stack/test-stack.ts'

describe('an answer that comes to the gateway later than the news of what followed', () => {
  let stack: TestStack
  const open: TestSocket[] = []
  const people = numberedPeople()
  /** The procedure whose next answer is held back, and what is done meanwhile. */
  let held: { procedure: string; meanwhile: () => Promise<unknown> } | undefined

  const through = (bus: Bus): Bus => {
    const wrapped: Bus = Object.create(bus)
    wrapped.request = async (subject, body, opts) => {
      const answer = await bus.request(subject, body, opts)
      if (!held || !subject.includes(held.procedure)) return answer
      const { meanwhile } = held
      held = undefined
      await meanwhile()
      // for the news to come by
      await new Promise((resolve) => setTimeout(resolve, 100))
      return answer
    }
    return wrapped
  }
  const socket = async (userId: string, role?: string) => {
    const one = await connect(stack, userId, { token: stack.token(userId, role ? { role } : {}) })
    open.push(one)
    return one
  }
  const contents = (messages: Message[]) => messages.map(({ content }) => content)

  beforeAll(async () => {
    stack = await startEmbeddedStack({ gatewayBus: through })
  })
  afterEach(() => {
    for (const one of open.splice(0)) one.close()
  })
  afterAll(() => stack?.[Symbol.asyncDispose]())

  test('an admin who listens in hears what was said meanwhile, when nobody else here is in the conversation', async () => {
    const [anaId, ben] = people('ana', 'ben')
    const ana = rest(stack, anaId)
    const { id } = await ana.direct(ben)
    const mia = await socket('mia', 'admin')
    const say = () => ana.call('POST', `/conversations/${id}/messages`, { content: 'meanwhile' })
    held = { procedure: 'observeConversation', meanwhile: say }
    expect(await mia.send('join_conversation', { conversationId: id })).toMatchObject({ data: { lastSeq: 0 } })
    await expect.poll(() => contents(mia.messages(id)), { timeout: 3_000 }).toEqual(['meanwhile'])
  })

  test('an admin who listens in is told to load what others here have heard meanwhile', async () => {
    const [anaId, joeId] = people('ana', 'joe')
    const ana = rest(stack, anaId)
    const { id } = await ana.direct(joeId)
    const joe = await socket(joeId)
    const mia = await socket('mia', 'admin')
    const say = () => ana.call('POST', `/conversations/${id}/messages`, { content: 'meanwhile' })
    held = { procedure: 'observeConversation', meanwhile: say }
    expect(await mia.send('join_conversation', { conversationId: id })).toMatchObject({ data: { lastSeq: 0 } })
    await expect.poll(() => contents(joe.messages(id))).toEqual(['meanwhile'])
    await expect.poll(() => mia.of('resync_required'), { timeout: 3_000 }).toEqual([{ conversationId: id }])
  })

  test('whoever is disabled while they come in does not stay', async () => {
    const [eveId, ben] = people('eve', 'ben')
    await rest(stack, eveId).direct(ben)
    const host = rest(stack, 'backend', stack.token('backend', { role: 'service' }))
    held = { procedure: 'openSession', meanwhile: () => host.call('PUT', `/users/${eveId}/disabled`) }
    const eve = io(stack.gatewayUrls[0]!, { auth: { token: stack.token(eveId) }, forceNew: true })
    try {
      await expect(new Promise((resolve) => eve.once('disconnect', resolve))).resolves.toBe('io server disconnect')
    } finally {
      eve.close()
    }
  })
})
