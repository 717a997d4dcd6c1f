import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { beforeSendScene } from '../../../test/before-send-scene.ts'
import { codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('messages that are held for review', (current) => {
  const scene = async () => {
    const it = await beforeSendScene(current())
    it.host.says = () => ({ action: 'hold' })
    return it
  }

  test('nobody but its sender and admins knows of one; the same call again is the same one; released, it is sent once', async () => {
    const { host, ana, ben, boss, chat, admin, conversationId, send, said, queue, told, runJobs } = await scene()
    const call = () => send('pay me outside', { clientId: 'k' })
    expect(await codeOf(call())).toBe('held_for_review')
    expect(await Promise.all([codeOf(call()), codeOf(call())])).toEqual(['held_for_review', 'held_for_review'])
    expect(host.asked).toHaveLength(1)
    expect(await codeOf(send('other words', { clientId: 'k' }))).toBe('key_reused')
    const [held, ...others] = await queue()
    expect(others).toEqual([])
    expect(held).toMatchObject({
      ...{ status: 'held', why: 'host', conversationId, senderId: 'ana', clientId: 'k', messageId: null, error: null },
      ...{ message: { type: 'text', content: 'pay me outside' }, sender: { userId: 'ana' }, decidedBy: null },
    })
    const { sender: _s, why: _w, decidedBy: _d, ...own } = held!
    expect((await chat.listHeldMessages(ana, {})).data).toEqual([own])
    expect((await chat.listHeldMessages(ana, { conversationId: randomUUID() })).data).toEqual([])
    expect((await chat.listHeldMessages(ben, {})).data).toEqual([])
    expect(await chat.getConversation(ben, { conversationId })).toMatchObject({ lastSeq: 0, unreadCount: 0 })
    for (const act of [admin.releaseHeldMessage, admin.refuseHeldMessage])
      expect(await codeOf(act(ana, { heldMessageId: held!.id }))).toBe('forbidden')
    expect(await codeOf(admin.listHeldForReview(ana, {}))).toBe('forbidden')

    // its place is that of the moment when it is sent
    host.says = () => ({ action: 'allow' })
    await send('meanwhile')
    const released = await admin.releaseHeldMessage(boss, { heldMessageId: held!.id })
    expect(released).toMatchObject({ status: 'released', message: null, decidedBy: 'boss' })
    await admin.releaseHeldMessage(boss, { heldMessageId: held!.id })
    await runJobs()
    expect(await said()).toEqual(['ana: meanwhile', 'ana: pay me outside'])
    const again = await call()
    expect(again).toMatchObject({ created: false, message: { id: released.messageId, content: 'pay me outside' } })
    expect(host.asked).toHaveLength(2)
    expect(told.map(({ status, senderId }) => [status, senderId])).toEqual([
      ['held', 'ana'],
      ['released', 'ana'],
    ])
    expect(await codeOf(admin.refuseHeldMessage(boss, { heldMessageId: held!.id }))).toBe('already_decided')
    expect(await codeOf(admin.releaseHeldMessage(boss, { heldMessageId: randomUUID() }))).toBe('not_found')
    const { data } = await admin.listAudit(boss, {})
    expect(data.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['held_message.released', 'held_messages.listed']),
    )
    expect(data.filter(({ action }) => action === 'held_message.released')).toHaveLength(1)
  })

  test('refused, it says why, and its words are gone', async () => {
    const { world, boss, admin, send, said, queue, refusal, told, host } = await scene()
    const call = () => send('pay me outside', { clientId: 'k' })
    await codeOf(call())
    const [held] = await queue()
    const refuse = (reason?: string) =>
      admin.refuseHeldMessage(boss, { heldMessageId: held!.id, ...(reason && { reason }) })
    expect(await codeOf(refuse(' '))).toBe('invalid_input')
    expect(await refuse('No payments outside')).toMatchObject({ status: 'refused', message: null, decidedBy: 'boss' })
    expect(await refuse()).toMatchObject({ error: { message: 'No payments outside' } })
    expect(await refusal(call())).toEqual(['rejected_by_host', 'No payments outside'])
    expect(host.asked).toHaveLength(1)
    expect(told.map(({ status }) => status)).toEqual(['held', 'refused'])
    expect(await codeOf(admin.releaseHeldMessage(boss, { heldMessageId: held!.id }))).toBe('already_decided')
    expect(await said()).toEqual([])
    expect(await world.asOwner('SELECT body FROM held_messages WHERE id = $1', [held!.id])).toEqual([{ body: null }])
  })

  test('released, it goes by the rules of that moment', async () => {
    const { ben, boss, backend, chat, admin, conversationId, send, said, queue, told } = await scene()
    for (const clientId of ['1', '2', '3', '4']) await codeOf(send(`held ${clientId}`, { clientId }))
    const release = async () => {
      const { id } = (await queue())[0]!
      const { status, error, messageId } = await admin.releaseHeldMessage(boss, { heldMessageId: id })
      return [status, error?.code ?? messageId]
    }
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await release()).toEqual(['refused', 'blocked'])
    expect(await codeOf(send('held 1', { clientId: '1' }))).toBe('blocked')
    await chat.unblockUser(ben, { userId: 'ana' })
    await admin.setConversationStatus(backend, { conversationId, status: 'closed' })
    expect(await release()).toEqual(['refused', 'conversation_closed'])
    await admin.setConversationStatus(backend, { conversationId, status: 'active' })
    expect(await release()).toEqual(['released', expect.any(String)])
    expect((await said()).filter((line) => line.startsWith('ana'))).toEqual(['ana: held 3'])
    expect(told.map(({ status }) => status).slice(4)).toEqual(['refused', 'refused', 'released'])
    // nobody was there who could have read what stands before it
    expect(await chat.getTotalUnreadCount(ben, {})).toEqual({ unreadCount: 1 })
  })

  test('a process that dies after it was let through, or after it was sent, leaves one message', async () => {
    const { world, send, said, queue, runJobs, told } = await scene()
    for (const clientId of ['1', '2']) await codeOf(send(`held ${clientId}`, { clientId }))
    const [one, two] = await queue()
    const ids = [one!.id, two!.id]
    await world.asOwner(`UPDATE held_messages SET status = 'releasing' WHERE id = ANY ($1)`, [ids])
    for (const id of ids)
      await world.asOwner(
        `INSERT INTO jobs (tenant_id, kind, key, due_at, run_at, payload)
         SELECT tenant_id, 'send_held', id::text, now(), now(), '{}' FROM held_messages WHERE id = $1`,
        [id],
      )
    // the second was sent, and nobody came to say so
    const { conversationId, tenantId, bodyHash } = (
      await world.asOwner(
        `SELECT conversation_id AS "conversationId", tenant_id AS "tenantId", body_hash AS "bodyHash" FROM held_messages WHERE id = $1`,
        [two!.id],
      )
    )[0] as Record<string, string>
    await world.store.append({
      ...world.draft(conversationId!, { tenantId, userId: 'ana' } as never, 'held 2', { clientId: '2' }),
      bodyHash: bodyHash!,
    })
    await runJobs()
    await runJobs()
    expect((await said()).sort()).toEqual(['ana: held 1', 'ana: held 2'])
    expect(told.map(({ status }) => status)).toEqual(['held', 'held', 'released', 'released'])
    expect(await world.asOwner(`SELECT count(*)::int AS n FROM jobs WHERE kind = 'send_held'`)).toEqual([{ n: 0 }])
  })

  test('one that ends each process that is to send it is refused in the end, unless it was sent, and its sender is told', async () => {
    const { world, ana, host, send, said, queue, told, jobs } = await scene()
    for (const clientId of ['1', '2']) await codeOf(send(`held ${clientId}`, { clientId }))
    const [one, two] = await queue()
    const ids = [one!.id, two!.id]
    host.says = () => ({ action: 'allow' })
    await world.asOwner(`UPDATE held_messages SET status = 'releasing' WHERE id = ANY ($1)`, [ids])
    const [{ hash }] = (await world.asOwner('SELECT body_hash AS hash FROM held_messages WHERE id = $1', [
      two!.id,
    ])) as [{ hash: string }]
    await world.store.append({
      ...world.draft(two!.conversationId, ana, 'held 2', { clientId: '2' }),
      bodyHash: hash,
    })
    for (const key of ids) {
      const job = { tenantId: ana.tenantId, key, dueAt: new Date().toISOString(), payload: {}, attempt: 7 }
      await jobs.send_held(job, { signal: new AbortController().signal })
    }
    expect(await said()).toEqual(['ana: held 2'])
    expect(told.slice(2).map(({ status, error }) => [status, error?.code])).toEqual([
      ['refused', 'internal'],
      ['released', undefined],
    ])
  })

  test('its files stay its own until it was decided; what was passed on stays so; what was scheduled is among the held', async () => {
    const { world, host, ana, ben, boss, chat, admin, storage, conversationId, send, queue, useCases } = await scene()
    const decide = async (how: 'releaseHeldMessage' | 'refuseHeldMessage') => {
      const { id } = (await queue())[0]!
      return admin[how](boss, { heldMessageId: id })
    }
    const [kept, refused] = [storage.upload(ana, conversationId), storage.upload(ana, conversationId)]
    for (const { id } of [kept, refused])
      expect(await codeOf(send('look', { attachments: [id], clientId: id }))).toBe('held_for_review')
    expect(host.asked.at(-1)).toMatchObject({ message: { attachments: [{ id: refused.id }] } })
    const key = (clientId: string) => ({ conversationId, senderId: 'ana', clientId })
    const outcomes = async () =>
      (await useCases.authority.sendOutcomes(ana, { keys: [key(kept.id), key(refused.id)] })).outcomes.map(
        ({ waiting }) => waiting,
      )
    expect(await outcomes()).toEqual([true, true])
    expect([storage.ownerOf(kept.id), storage.ownerOf(refused.id)]).toEqual([kept.id, refused.id])
    expect((await queue())[0]!.message!.attachments).toMatchObject([{ id: kept.id }])
    expect(await decide('releaseHeldMessage')).toMatchObject({ status: 'released' })
    await decide('refuseHeldMessage')
    expect([storage.ownerOf(kept.id), storage.ownerOf(refused.id)]).toEqual([kept.id, undefined])
    expect(await outcomes()).toEqual([false, false])
    const { data } = await chat.listMessages(ben, { conversationId })
    expect(data).toMatchObject([{ content: 'look', attachments: [{ id: kept.id }] }])

    const forward = { messageId: data[0]!.id, conversationIds: [conversationId], clientId: 'f' }
    expect((await chat.forwardMessage(ben, forward)).data).toMatchObject([{ error: { code: 'held_for_review' } }])
    expect((await chat.forwardMessage(ben, forward)).data).toMatchObject([{ error: { code: 'held_for_review' } }])
    expect(host.asked.at(-1)).toMatchObject({ message: { forwarded: true, attachments: [{}] } })
    expect(await decide('releaseHeldMessage')).toMatchObject({ status: 'released', senderId: 'ben' })
    const last = async () => (await chat.listMessages(ana, { conversationId })).data.at(-1)!
    expect(await last()).toMatchObject({ senderId: 'ben', forwarded: true, attachments: [{ name: kept.name }] })
    expect((await chat.forwardMessage(ben, forward)).data).toMatchObject([{ error: null }])

    const sendAt = new Date(Date.now() + 60_000).toISOString()
    const { scheduled } = await chat.scheduleMessage(ana, { conversationId, content: 'later', sendAt })
    const job = { tenantId: ana.tenantId, key: scheduled.id, dueAt: sendAt, payload: {}, attempt: 1 }
    await useCases.jobs.send_scheduled(job, { signal: new AbortController().signal })
    expect((await chat.listScheduledMessages(ana, {})).data).toEqual([])
    expect(
      await world.asOwner('SELECT status, error_code FROM scheduled_messages WHERE id = $1', [scheduled.id]),
    ).toEqual([{ status: 'failed', error_code: 'held_for_review' }])
    const later = { scheduledMessageId: scheduled.id }
    expect(await codeOf(chat.updateScheduledMessage(ana, { ...later, content: 'x' }))).toBe('already_decided')
    expect(await codeOf(chat.cancelScheduledMessage(ana, later))).toBe('already_decided')
    await decide('releaseHeldMessage')
    expect(await last()).toMatchObject({ senderId: 'ana', content: 'later' })
  })

  test('an offer that is released waits for a decision from then on', async () => {
    const { world, boss, admin, chat, ben, send, queue, setHook } = await scene()
    await setHook({}, { offers: { expireAfterSeconds: 3_600 } })
    const payload = { title: 'Lesson', amount: 5_000, currency: 'EUR' }
    expect(await codeOf(send('', { content: undefined, type: 'service_offer', payload }))).toBe('held_for_review')
    const { id } = (await queue())[0]!
    await world.asOwner(`UPDATE held_messages SET created_at = now() - interval '1 day' WHERE id = $1`, [id])
    const { messageId } = await admin.releaseHeldMessage(boss, { heldMessageId: id })
    const offer = await chat.getMessage(ben, { messageId: messageId! })
    const { expiresAt, status } = offer.payload as { expiresAt: string; status: string }
    expect(status).toBe('pending')
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3_000_000)
  })

  test('what was decided is let go of after a while, and what nobody decides much later', async () => {
    const { world, boss, admin, send, queue, tenantId, useCases } = await scene()
    for (const clientId of ['1', '2', '3']) await codeOf(send(clientId, { clientId }))
    const [one, two] = await queue()
    await admin.refuseHeldMessage(boss, { heldMessageId: one!.id })
    const aged = (days: number, id: string) =>
      world.asOwner(`UPDATE held_messages SET updated_at = now() - interval '${days} days' WHERE id = $1`, [id])
    await aged(9, one!.id)
    await aged(9, two!.id)
    await useCases.forgetHeld()
    const left = () =>
      world.asOwner('SELECT client_id AS id FROM held_messages WHERE tenant_id = $1 ORDER BY 1', [tenantId])
    expect(await left()).toEqual([{ id: '2' }, { id: '3' }])
    await aged(91, two!.id)
    await useCases.forgetHeld()
    expect(await left()).toEqual([{ id: '3' }])
  })
})
