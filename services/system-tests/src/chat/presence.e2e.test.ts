import type { Presence } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest, type TestSocket } from '../stack/test-client.ts'

const UNKNOWN = { online: false, state: 'unknown', lastSeenAt: null }
const PRESENCE = { heartbeatMs: 500, lifeMs: 10_000, graceMs: 2_000 }

describeStacks(
  'who is there over %s',
  ({ stack, socket, people }) => {
    const heardOf = (one: TestSocket, userId: string, from = 0) =>
      one.heard.slice(from).flatMap(({ event, data }) => {
        const presence = data as Presence
        return event === 'presence_changed' && presence.userId === userId ? presence.state : []
      })
    const watch = async (one: TestSocket, ...userIds: string[]) => {
      const reply = await one.send('get_presence', { userIds })
      if (!reply.ok) throw new Error(reply.error.message)
      return reply.data.map(({ state }) => state)
    }

    test('whoever comes, looks away and goes is seen by those who share a conversation with them, last seen and all', async () => {
      const [ana, ben, eve, joe] = people('ana', 'ben', 'eve', 'joe')
      await rest(stack, ana).direct(ben)
      await rest(stack, eve).direct(joe)
      const [viewer, outsider] = [await socket(ana), await socket(eve, { gateway: 1 })]
      // the others hear of a socket a moment after it was let in
      await expect
        .poll(() => viewer.send('get_presence', { userIds: [ben, 'nobody', eve, ana] }))
        .toEqual({
          ok: true,
          data: [
            { userId: ben, online: false, state: 'offline', lastSeenAt: null },
            { userId: 'nobody', ...UNKNOWN },
            { userId: eve, ...UNKNOWN },
            { userId: ana, online: true, state: 'active', lastSeenAt: null },
          ],
        })
      expect(await watch(outsider, ben)).toEqual(['unknown'])
      const phone = await socket(ben, { gateway: 1 })
      await expect.poll(() => heardOf(viewer, ben)).toEqual(['active'])
      expect(await phone.send('set_presence', { state: 'away' })).toEqual({ ok: true, data: {} })
      await expect.poll(() => heardOf(viewer, ben)).toEqual(['active', 'away'])
      const laptop = await socket(ben)
      await expect.poll(() => heardOf(viewer, ben)).toEqual(['active', 'away', 'active'])
      expect((await rest(stack, ana).call('GET', `/presence?userIds=${ben}&userIds=${eve}`)).body).toEqual({
        data: [
          { userId: ben, online: true, state: 'active', lastSeenAt: null },
          { userId: eve, ...UNKNOWN },
        ],
      })
      laptop.close()
      await expect.poll(() => heardOf(viewer, ben)).toEqual(['active', 'away', 'active', 'away'])
      const before = Date.now()
      phone.close()
      await expect.poll(() => heardOf(viewer, ben), { timeout: 20_000 }).toContain('offline')
      const { online, lastSeenAt } = viewer.of<Presence>('presence_changed').at(-1)!
      expect(online).toBe(false)
      expect(Math.abs(Date.parse(lastSeenAt!) - before)).toBeLessThan(PRESENCE.graceMs)
      // written down, for whoever asks later
      await expect
        .poll(async () => (await rest(stack, ana).call('GET', `/presence?userIds=${ben}`)).body)
        .toEqual({ data: [{ userId: ben, online: false, state: 'offline', lastSeenAt }] })
      expect(outsider.of('presence_changed')).toEqual([])
    })

    test('whoever moves to another gateway never went', async () => {
      const [ana, ben, joe] = people('ana', 'ben', 'joe')
      await rest(stack, ana).group([ben, joe])
      const viewer = await socket(ana)
      const [moving, leaving] = [await socket(ben), await socket(joe)]
      await expect.poll(() => watch(viewer, ben, joe)).toEqual(['active', 'active'])
      const from = viewer.heard.length
      moving.close()
      leaving.close()
      await socket(ben, { gateway: 1 })
      await expect.poll(() => heardOf(viewer, joe, from), { timeout: 20_000 }).toEqual(['offline'])
      expect(heardOf(viewer, ben, from)).toEqual([])
      expect(await watch(viewer, ben)).toEqual(['active'])
    })

    test('across a block, a removal or the wish not to be seen, somebody is unknown from that on, both ways', async () => {
      const [ana, ben] = people('ana', 'ben')
      const group = await rest(stack, ana).group([ben])
      const [one, other] = [await socket(ana), await socket(ben, { gateway: 1 })]
      await expect.poll(() => watch(one, ben)).toEqual(['active'])
      await expect.poll(() => watch(other, ana)).toEqual(['active'])
      const [from, fromOther] = [one.heard.length, other.heard.length]
      const both = () => [heardOf(one, ben, from), heardOf(other, ana, fromOther)]
      const states: string[] = []
      const become = async (state: 'unknown' | 'active', by: string, method: string, path: string, body?: unknown) => {
        expect((await rest(stack, by).call(method, path, body)).status).toBeLessThan(300)
        states.push(state)
        await expect.poll(both, { timeout: 20_000 }).toEqual([states, states])
      }
      await become('unknown', ben, 'PUT', `/users/${ana}/block`)
      // nothing of it is heard
      await other.send('set_presence', { state: 'away' })
      await other.send('set_presence', { state: 'active' })
      await become('active', ben, 'DELETE', `/users/${ana}/block`)
      await become('unknown', ana, 'PATCH', '/me', { presence: false })
      await become('active', ana, 'PATCH', '/me', { presence: true })
      await become('unknown', ana, 'DELETE', `/conversations/${group.id}/participants/${ben}`)
    })

    test('a socket hears of 200 people and no more, and says whom it needs no longer', async () => {
      const [ana, ben] = people('ana', 'ben')
      await rest(stack, ana).direct(ben)
      const viewer = await socket(ana)
      const ids = Array.from({ length: 201 }, (_, i) => `user-${i}`)
      const ask = (userIds: string[], more = {}) => viewer.send('get_presence', { userIds, ...more })
      expect(await ask(ids)).toMatchObject({ error: { code: 'invalid_input', errors: [{ pointer: '/userIds' }] } })
      expect(await ask(ids.slice(0, 199))).toMatchObject({ ok: true })
      expect(await ask([ids[0]!, ben])).toMatchObject({ ok: true })
      expect(await ask([ids[200]!])).toMatchObject({ error: { code: 'quota_exceeded' } })
      expect(await ask([ids[200]!], { only: true })).toMatchObject({ ok: true })
      const other = await socket(ben)
      // not by itself: of ben it was said that they are needed no longer
      await expect
        .poll(async () => (await rest(stack, ana).call('GET', `/presence?userIds=${ben}`)).body)
        .toMatchObject({
          data: [{ state: 'active' }],
        })
      expect(heardOf(viewer, ben)).toEqual([])
      other.close()
      const query = ids.map((userId) => `userIds=${userId}`).join('&')
      expect(await rest(stack, ana).call('GET', `/presence?${query}`)).toMatchObject({ status: 422 })
      expect(await rest(stack, ana).call('GET', '/presence')).toMatchObject({ status: 422 })
    })

    test('somebody who types on two devices, and stops and starts again and again, is told of seldom', async () => {
      const [ana, ben] = people('ana', 'ben')
      const { id: conversationId } = await rest(stack, ana).direct(ben)
      const listener = await socket(ana)
      const devices = [await socket(ben), await socket(ben, { gateway: 1 })]
      for (const one of [listener, ...devices]) await one.send('join_conversation', { conversationId })
      const heard = () => listener.of<{ isTyping: boolean }>('user_typing').map(({ isTyping }) => isTyping)
      const all = (event: 'typing_start' | 'typing_stop') =>
        Promise.all(devices.map((one) => one.send(event, { conversationId })))
      await all('typing_start')
      await expect.poll(heard).toEqual([true])
      // whoever comes later is told as well
      const late = await socket(ana, { gateway: 1 })
      await late.send('join_conversation', { conversationId })
      await expect.poll(() => late.of('user_typing')).toEqual([{ conversationId, userId: ben, isTyping: true }])
      await devices[0]!.send('typing_stop', { conversationId })
      const began = performance.now()
      for (let i = 0; i < 20; i++) {
        await devices[1]!.send('typing_stop', { conversationId })
        await devices[1]!.send('typing_start', { conversationId })
      }
      // a device that dies stops
      devices[1]!.close()
      await expect.poll(() => heard().at(-1)).toBe(false)
      const starts = heard().filter((isTyping) => isTyping).length
      expect(starts).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000)
    })
  },
  { presence: PRESENCE },
)
