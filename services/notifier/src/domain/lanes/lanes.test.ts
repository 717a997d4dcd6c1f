import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { laneScene } from '../../../test/lane-scene.ts'
import type { Outcome } from '../ports/channel.ts'

const DAY_MS = 86_400_000

describeUseCases('what is handed over to devices', (current) => {
  const later = (reason = '503'): Outcome => ({ kind: 'later', reason })

  test('what is unread is handed over once, with its words and how much is unread in all', async () => {
    const { put, run, sent, rows, standing } = await laneScene(current())
    standing.messages[0]!.preview = 'Is the flat still free?'
    standing.totalUnread = 7
    await put()
    await run()
    await run()
    expect(sent).toMatchObject([
      { title: 'Ben', body: 'Is the flat still free?', badge: 7, withdraws: false, target: 'address-of-phone' },
    ])
    expect(sent[0]!.url).toBe(`https://app.example/c/${standing.conversation!.id}`)
    expect(await rows()).toMatchObject([{ state: 'accepted', attempts: 1 }])
  })

  test('what was read, deleted, muted or left meanwhile does not leave', async () => {
    const { put, run, sent, rows, standings, asked } = await laneScene(current())
    await put({ fromSeq: 3, toSeq: 5 })
    standings.now = null
    await run()
    expect(sent).toEqual([])
    expect(asked).toMatchObject([{ userId: 'ana', fromSeq: 3, toSeq: 5 }])
    expect(await rows()).toMatchObject([{ state: 'withdrawn' }])
  })

  test('what is unread leaves also where it takes long to say so', async () => {
    const { deps, putMany, run, sent, ana } = await laneScene(current())
    let now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    onTestFinished(() => clock.mockRestore())
    const { standingOf } = deps
    deps.standingOf = (...asked) => {
      now += 1_200
      return standingOf(...asked)
    }
    await putMany(ana.userId, 3)
    await run()
    expect(sent).toHaveLength(3)
  })

  test('who wants no previews is told that there is something, and not what or whose; who wants no pushes gets none', async () => {
    const { put, run, sent, rows, ana, world } = await laneScene(current())
    await world.notifications.putNotificationPreferences(ana, { previews: false })
    await put()
    await run()
    expect(sent).toMatchObject([{ title: 'A new message', body: expect.not.stringContaining('Hello') }])
    expect(JSON.stringify(sent)).not.toContain('Ben')
    await world.notifications.putNotificationPreferences(ana, { channels: { push: false } })
    await put()
    await run()
    expect(sent).toHaveLength(1)
    expect((await rows()).at(-1)).toMatchObject({ state: 'withdrawn', reason: 'no pushes are wanted' })
  })

  test('what is due in quiet hours, or tried again in them, waits for their end and is no try; what is taken back does not wait', async () => {
    const { ana, world, put, run, rows, sent, nextIn, answers } = await laneScene(current())
    const clock = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
    const quietHours = { from: clock(-60), to: clock(120), timeZone: 'UTC' }
    answers.next = async () => ({ kind: 'later', reason: 'busy' })
    await put()
    await run()
    expect(sent).toHaveLength(1)
    await world.notifications.putNotificationPreferences(ana, { quietHours })
    answers.next = async () => ({ kind: 'accepted' })
    await world.later(10_000)
    await run()
    expect([sent.length, await rows()]).toMatchObject([1, [{ state: 'waiting', attempts: 1, taken: false }]])
    expect(await nextIn()).toBeGreaterThan(3_600_000)
    await world.notifications.putNotificationPreferences(ana, {})
    await world.later(3 * 3_600_000)
    await run()
    expect([sent.length, await rows()]).toMatchObject([2, [{ state: 'accepted', attempts: 2 }]])
  })

  test('what was read is taken away from the device, with how much is still unread; what is unread again stays', async () => {
    const { put, run, sent, standings } = await laneScene(current())
    await put({ withdraws: true })
    await run()
    expect(sent).toEqual([])
    standings.now = null
    standings.unread = 2
    await put({ withdraws: true })
    await run()
    expect(sent).toMatchObject([{ withdraws: true, badge: 2, title: '', body: '' }])
  })

  test('a device that is not there any more is forgotten, unless it has another address by now', async () => {
    const { put, run, sent, rows, answers, ana, world, device } = await laneScene(current())
    answers.next = async () => {
      if (sent.length === 1) await world.notifications.putDevice(ana, device('cd'))
      return { kind: 'gone', reason: '410' }
    }
    await put()
    await run()
    const devices = async () => (await world.notifications.listDevices(ana, {})).devices
    expect(await devices()).toHaveLength(1)
    await put()
    await run()
    expect(await devices()).toHaveLength(0)
    await put()
    await run()
    expect(sent).toHaveLength(2)
    expect((await rows()).map(({ state }) => state)).toEqual(['gone', 'gone', 'gone'])
  })

  test('nothing leaves for a device whose session was ended, also where nobody said so, and it is forgotten; another login goes on', async () => {
    const { put, run, sent, rows, ana, world, device, standings } = await laneScene(current())
    const registered = async (sessionId: string) => {
      await world.notifications.putDevice({ ...ana, sessionId, issuedAt: 1_770_000_000 }, device('ab'))
      return world.notifications.listDevices(ana, {})
    }
    await registered('stolen')
    standings.revocation = { revokedBefore: null, endedSessions: ['another', 'stolen'] }
    await put()
    await run()
    expect(sent).toEqual([])
    expect(await rows()).toMatchObject([{ state: 'gone', reason: expect.stringContaining('session') }])
    expect(await world.notifications.listDevices(ana, {})).toEqual({ devices: [] })
    await registered('mine')
    await put()
    await run()
    expect(sent).toHaveLength(1)
    standings.revocation = { revokedBefore: new Date(1_770_000_001_000).toISOString(), endedSessions: [] }
    await put({ withdraws: true })
    standings.now = null
    await run()
    expect(sent).toHaveLength(1)
    expect(await world.notifications.listDevices(ana, {})).toEqual({ devices: [] })
  })

  test('what cannot be handed over is tried five times, longer apart each time, and is a dead letter then; driven again it is handed over', async () => {
    const { put, run, sent, rows, answers, nextIn, world, tenantId, ana } = await laneScene(current())
    answers.next = async () => later()
    await put()
    const waits: number[] = []
    for (let n = 0; n < 5; n++) {
      await run()
      waits.push(Math.round(((await nextIn()) ?? 0) / 1_000))
      await world.later(DAY_MS)
    }
    await run()
    expect(sent).toHaveLength(5)
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    for (const [i, seconds] of [5, 30, 120, 600].entries()) {
      expect(waits[i]! / seconds).toBeGreaterThanOrEqual(0.7)
      expect(waits[i]! / seconds).toBeLessThanOrEqual(1.3)
    }
    expect(await rows()).toMatchObject([{ state: 'dead', reason: '503', attempts: 5 }])

    const admin = { ...ana, userId: 'host', role: 'service' as const }
    const listed = await world.notifications.listDeadLetters(admin, {})
    expect(listed).toMatchObject({
      data: [{ userId: 'ana', state: 'dead', reason: '503', attempts: 5 }],
      hasMore: false,
    })
    await expect(world.notifications.listDeadLetters(ana, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(world.notifications.redriveDeadLetters(ana, {})).rejects.toMatchObject({ code: 'forbidden' })
    const other = { ...admin, tenantId: `${tenantId}-other` }
    expect(await world.notifications.redriveDeadLetters(other, {})).toEqual({ redriven: 0, hasMore: false })
    answers.next = async () => ({ kind: 'accepted' })
    const wrong = { ids: [randomUUID(), '-'.repeat(36)] }
    expect(await world.notifications.redriveDeadLetters(admin, wrong)).toMatchObject({ redriven: 0 })
    expect(await world.notifications.redriveDeadLetters(admin, { ids: [listed.data[0]!.id] })).toMatchObject({
      redriven: 1,
    })
    await run()
    expect(sent).toHaveLength(6)
    expect(await rows()).toMatchObject([{ state: 'accepted' }])
    expect(await world.notifications.listDeadLetters(admin, {})).toMatchObject({ data: [] })
  })

  test('of dead letters about the same the newest is driven again, and none where another waits; the list has pages', async () => {
    const { put, run, rows, answers, world, ana } = await laneScene(current())
    const admin = { ...ana, userId: 'host', role: 'service' as const }
    answers.next = async () => ({ kind: 'refused', reason: '413' })
    for (let n = 0; n < 3; n++) {
      await put()
      await run()
    }
    const first = await world.notifications.listDeadLetters(admin, { limit: 2 })
    const second = await world.notifications.listDeadLetters(admin, { limit: 2, cursor: first.nextCursor! })
    expect([first.data.length, second.data.length, second.hasMore]).toEqual([2, 1, false])
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(3)
    const cursor = 'nonsense'
    await expect(world.notifications.listDeadLetters(admin, { cursor })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await world.notifications.redriveDeadLetters(admin, {})
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['waiting', 'withdrawn', 'withdrawn'])
    await world.notifications.redriveDeadLetters(admin, {})
    expect((await rows()).filter(({ state }) => state === 'waiting')).toHaveLength(1)
  })

  test('a receiver that says when is not asked sooner; one that says it for everybody is left alone by the whole tenant', async () => {
    const { put, run, sent, answers, nextIn } = await laneScene(current())
    answers.next = async () => ({ kind: 'later', reason: '429', afterMs: 900_000 })
    await put()
    await run()
    expect(await nextIn()).toBeGreaterThan(890_000)
    answers.next = async () => ({ kind: 'later', reason: '429', afterMs: 60_000, from: 'everybody' })
    await put({ conversationId: randomUUID() })
    await run()
    expect(sent).toHaveLength(2)
    await put({ conversationId: randomUUID() })
    await run()
    expect(sent).toHaveLength(2)
  })

  test('a push that takes over from one that may have come has its id where it tells of nothing more, and its own where it does', async () => {
    const { put, run, sent, answers, standing, world } = await laneScene(current())
    const [message] = standing.messages
    let wasDeleted = false
    answers.next = async () => {
      if (sent.length % 2 === 0) return { kind: 'accepted' }
      // written while the one before is under way, of which nobody knows what becomes
      const seq = message!.seq + 1
      await put({ fromSeq: seq, toSeq: seq })
      if (!wasDeleted) message!.seq = seq
      return later('no answer')
    }
    for (const deleted of [false, true]) {
      wasDeleted = deleted
      await put({ fromSeq: message!.seq, toSeq: message!.seq })
      await run()
      await world.later(DAY_MS)
      await run()
    }
    const [one, two, three, four] = sent
    expect(sent.map(({ data }) => data.seq)).toEqual(['1', '2', '2', '2'])
    expect([one!.id === two!.id, three!.id === four!.id]).toEqual([false, true])
  })

  test('where nobody can say what is unread, all waits and nothing counts as a try', async () => {
    const { put, run, sent, rows, standings, world } = await laneScene(current())
    await put()
    standings.isAway = true
    await run()
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 0, taken: false }])
    standings.isAway = false
    await world.later(60_000)
    await run()
    expect(sent).toHaveLength(1)
  })
})
