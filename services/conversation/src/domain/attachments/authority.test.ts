import { randomUUID } from 'node:crypto'
import type { Actor, LinkPreview } from '@parley/contracts'
import { expect, test } from 'vitest'
import { attachment } from '../../../test/attachments.ts'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('what the storage service asks', (current) => {
  test('who may upload is who may write there, or may change the picture', async () => {
    const { people, authority, chat, admin, group } = current()
    const { ana, ben, cleo, eve } = people('ana', 'ben', 'cleo', 'eve')
    const id = await group(ana, ben)
    await chat.addParticipant(ana, { conversationId: id, userId: 'cleo', role: 'observer' })
    const upload = (who: Actor, purpose: 'message' | 'group_picture' | 'profile_picture', to: string | null = id) =>
      codeOf(authority.mayUpload(who, { purpose, conversationId: to }))
    expect(await upload(ben, 'message')).toBe('ok')
    expect(await upload(backendOf(ana), 'message')).toBe('ok')
    expect(await upload(cleo, 'message')).toBe('forbidden')
    expect(await upload(eve, 'message')).toBe('not_found')
    expect(await upload(ben, 'message', randomUUID())).toBe('not_found')
    expect(await upload(backendOf(ana), 'message', randomUUID())).toBe('not_found')
    expect(await upload(ben, 'message', null)).toBe('invalid_input')
    expect(await upload(ana, 'group_picture')).toBe('ok')
    expect(await upload(ben, 'group_picture')).toBe('forbidden')
    expect(await upload(eve, 'group_picture')).toBe('not_found')
    expect(await upload(eve, 'profile_picture', null)).toBe('ok')
    await admin.setConversationStatus(backendOf(ana), { conversationId: id, status: 'read_only' })
    expect(await upload(ben, 'message')).toBe('conversation_read_only')
    expect(await upload(ana, 'group_picture')).toBe('conversation_read_only')
    const direct = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await upload(ana, 'message', direct.message.conversationId)).toBe('blocked')
    await admin.setPolicy(backendOf(ana), { attachments: { maxBytes: 77 } })
    const { rules } = await authority.mayUpload(eve, { purpose: 'profile_picture', conversationId: null })
    expect(rules.maxBytes).toBe(77)
  })

  test('what is attached may be downloaded by who sees the message, and by admins, which is written down', async () => {
    const { people, authority, chat, admin, group, send } = current()
    const { ana, ben, cleo, eve } = people('ana', 'ben', 'cleo', 'eve')
    const id = await group(ana, ben)
    await admin.setPolicy(backendOf(ana), { groups: { history: 'from_joining' } })
    const { message } = await send(id, ana, '', { type: 'image', extras: { attachments: [attachment()] } })
    await chat.addParticipant(ana, { conversationId: id, userId: 'cleo' })
    const look = (who: Actor, messageId: string | null = message.id, conversationId = id) =>
      codeOf(authority.mayDownload(who, { conversationId, messageId }))
    const root: Actor = { ...ana, userId: 'root', role: 'admin' }
    expect(await look(ben)).toBe('ok')
    expect(await look(cleo)).toBe('not_found')
    expect(await look(eve)).toBe('not_found')
    expect(await look(ben, message.id, randomUUID())).toBe('not_found')
    expect(await look(root)).toBe('ok')
    expect((await admin.listAudit(backendOf(ana), { action: 'attachments.read' })).data).toMatchObject([
      { actorId: 'root', target: id, details: { messageId: message.id } },
    ])
    // of what is not sent yet
    expect(await look(cleo, null)).toBe('ok')
    expect(await look(eve, null)).toBe('not_found')
    await chat.removeParticipant(ana, { conversationId: id, userId: 'cleo' })
    expect(await look(cleo, null)).toBe('not_found')
    await chat.deleteMessage(ben, { messageId: message.id, for: 'me' })
    expect(await look(ben)).toBe('not_found')
    await chat.deleteMessage(ana, { messageId: message.id })
    expect(await look(ana)).toBe('not_found')
    expect(await look(root)).toBe('not_found')
  })

  test('what became of messages is known by their keys', async () => {
    const { people, authority, chat, group, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const sent = await send(id, ana, 'sent', { clientId: 'sent' })
    const deleted = await send(id, ana, 'deleted', { clientId: 'deleted' })
    await chat.deleteMessage(ana, { messageId: deleted.message.id })
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const { scheduled } = await chat.scheduleMessage(ana, { conversationId: id, content: 'later', sendAt: later })
    const cancelled = await chat.scheduleMessage(ana, { conversationId: id, content: 'never', sendAt: later })
    await chat.cancelScheduledMessage(ana, { scheduledMessageId: cancelled.scheduled.id })
    const ask = async (clientId: string, senderId = 'ana', conversationId = id) => {
      const key = { conversationId, senderId, clientId }
      const { outcomes } = await authority.sendOutcomes(backendOf(ana), { keys: [key] })
      expect(outcomes[0]!.key).toEqual(key)
      return [outcomes[0]!.messageId, outcomes[0]!.waiting]
    }
    expect(await ask('sent')).toEqual([sent.message.id, false])
    expect(await ask('sent', 'ben')).toEqual([null, false])
    expect(await ask('sent', 'ana', randomUUID())).toEqual([null, false])
    expect(await ask('deleted')).toEqual([null, false])
    expect(await ask(scheduled.id)).toEqual([null, true])
    expect(await ask(cancelled.scheduled.id)).toEqual([null, false])
  })

  test('a file that was checked is told as the message that has it, and a deleted one says no more than what it was', async () => {
    const { people, authority, chat, group, send, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const pending = attachment({ status: 'pending' })
    const other = attachment({ name: 'other.png' })
    const { message } = await send(id, ana, 'look', { extras: { attachments: [pending, other] } })
    expect(message.attachments).toEqual([pending, other])
    committed.length = 0
    const ready = { ...pending, status: 'ready' as const }
    const told = () => committed.flatMap(({ changes }) => changes)
    for (let times = 0; times < 2; times++)
      await authority.attachmentChanged(backendOf(ana), { messageId: message.id, attachment: ready })
    expect(told()).toMatchObject([{ type: 'message.updated', data: { attachments: [ready, other], editedAt: null } }])
    expect((await chat.getMessage(ben, { messageId: message.id })).attachments).toEqual([ready, other])
    // of another message, or of none
    await authority.attachmentChanged(backendOf(ana), { messageId: message.id, attachment: attachment() })
    await authority.attachmentChanged(backendOf(ana), { messageId: randomUUID(), attachment: ready })
    const tombstone = await chat.deleteMessage(ana, { messageId: message.id })
    expect(tombstone).toMatchObject({ attachments: [], deletedAttachments: [pending.id, other.id] })
    await authority.attachmentChanged(backendOf(ana), { messageId: message.id, attachment: pending })
    expect(told().map(({ type }) => type)).toEqual(['message.updated', 'message.deleted'])
    expect(told()[1]!.data).toMatchObject({ attachments: [], deletedAttachments: [pending.id, other.id] })
  })

  test('a link has its card while the words are those that were looked at', async () => {
    const { people, authority, chat, group, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const { message } = await send(id, ana, 'https://example.com/a')
    const image = attachment()
    const preview = (url: string): LinkPreview => ({ url, title: 'A', description: null, siteName: null, image })
    const card = async (rev: number, url: string) => {
      const { shown } = await authority.linkPreviewed(backendOf(ana), {
        messageId: message.id,
        rev,
        preview: preview(url),
      })
      return [shown, (await chat.getMessage(ben, { messageId: message.id })).linkPreview?.url]
    }
    // a reaction changes the message and not its words
    await chat.addReaction(ben, { messageId: message.id, emoji: '👍' })
    for (let times = 0; times < 2; times++)
      expect(await card(0, 'https://example.com/a')).toEqual([true, 'https://example.com/a'])
    const edit = (content: string) => chat.editMessage(ana, { messageId: message.id, content })
    expect((await edit('see https://example.com/a!')).linkPreview).toEqual(preview('https://example.com/a'))
    expect((await edit('first https://example.com/b, then https://example.com/a')).linkPreview).toBeUndefined()
    const edited = await edit('https://example.com/b')
    expect(edited.linkPreview).toBeUndefined()
    expect(await card(0, 'https://example.com/a')).toEqual([false, undefined])
    expect(await card(edited.rev, 'https://example.com/b')).toEqual([true, 'https://example.com/b'])
    const deleted = await chat.deleteMessage(ana, { messageId: message.id })
    expect(deleted.linkPreview).toBeUndefined()
    expect(deleted.deletedAttachments).toEqual([image.id])
    expect(await card(edited.rev, 'https://example.com/b')).toEqual([false, undefined])
  })

  test('what somebody uploaded is erased by admins and the host of their tenant alone, and who did it is written down', async () => {
    const { people, authority, admin, host } = current()
    const { ana, ben, root } = people('ana', 'ben', 'root')
    await authority.mayUpload(ana, { purpose: 'profile_picture', conversationId: null })
    const erase = (who: Actor) => codeOf(authority.mayErase(who, { userId: 'ana' }))
    const [backend, moderator] = [backendOf(ana), { ...root, role: 'admin' as const }]
    expect(await erase(ana)).toBe('forbidden')
    expect(await erase(ben)).toBe('forbidden')
    const erased = async () => (await admin.listAudit(backend, { action: 'attachments.erase' })).data
    expect(await erased()).toEqual([])
    expect(await erase(backend)).toBe('ok')
    expect(await erase({ ...moderator, ip: '192.0.2.7' })).toBe('ok')
    expect(await erased()).toMatchObject([
      { actorId: 'root', actorRole: 'admin', target: 'ana', ip: '192.0.2.7' },
      { actorId: backend.userId, actorRole: 'service', target: 'ana', ip: null },
    ])
    // of a tenant of which nobody has heard before: nothing of this one's is written there, nor of theirs here
    const { root: foreign } = people('root')
    expect(await erase({ ...foreign, role: 'admin' })).toBe('ok')
    expect((await admin.listAudit({ ...foreign, role: 'admin' }, {})).data).toMatchObject([{ target: 'ana' }])
    expect(await erased()).toHaveLength(2)
    await host.disableUser(backend, { userId: 'root' })
    expect(await erase(moderator)).toBe('forbidden')
    expect(await erased()).toHaveLength(2)
  })

  test('a virus is written down', async () => {
    const { people, authority, admin } = current()
    const { ana } = people('ana')
    await authority.mayUpload(ana, { purpose: 'profile_picture', conversationId: null })
    const attachmentId = randomUUID()
    const found = { conversationId: null, uploaderId: 'ana', signature: 'Eicar' }
    await authority.attachmentInfected(backendOf(ana), { attachmentId, ...found })
    expect((await admin.listAudit(backendOf(ana), { action: 'attachment.infected' })).data).toMatchObject([
      { target: attachmentId, details: found },
    ])
  })
})
