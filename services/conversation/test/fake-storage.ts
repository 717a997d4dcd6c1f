import { randomUUID } from 'node:crypto'
import { type Actor, type Attachment, type Claims, ParleyError, type SendKey } from '@parley/contracts'
import { invalidField, noSuchMessage } from '../src/domain/refusals.ts'
import { attachment } from './attachments.ts'

interface Kept {
  attachment: Attachment
  conversationId: string
  uploaderId: string
  /** Whose it is. */
  key: string | undefined
  copyOf?: string
}

/** The storage service as its contract has it, in memory. */
export interface FakeStorage {
  claims: Claims
  /** As if somebody had uploaded it into the conversation. */
  upload(uploader: Actor, conversationId: string, more?: Partial<Attachment>): Attachment
  /** As if somebody had uploaded a picture of somebody or of a group. Answers its address. */
  uploadPicture(): string
  /** The clientId of the message that has it; undefined: it is nobody's. */
  ownerOf(attachmentId: string): string | undefined
  /** Out of reach. */
  isDown: boolean
  /** Calls so far. */
  calls: (keyof Claims)[]
  /** What happens between a claim and its answer. */
  onClaimed: () => void | Promise<void>
}

export function createFakeStorage(): FakeStorage {
  const kept = new Map<string, Kept>()
  const pictures = new Set<string>()
  const nameOf = ({ conversationId, senderId, clientId }: SendKey) =>
    JSON.stringify([conversationId, senderId, clientId])
  const answer = (call: keyof Claims) => {
    storage.calls.push(call)
    if (storage.isDown) throw new ParleyError('unavailable', 'Nobody serves that')
  }
  const storage: FakeStorage = {
    calls: [],
    isDown: false,
    onClaimed: () => {},
    upload(uploader, conversationId, more) {
      const uploaded = attachment(more)
      kept.set(uploaded.id, { attachment: uploaded, conversationId, uploaderId: uploader.userId, key: undefined })
      return uploaded
    },
    uploadPicture() {
      const id = randomUUID()
      pictures.add(id)
      return `/v1/pictures/${id}`
    },
    ownerOf(id) {
      const key = kept.get(id)?.key
      return key === undefined ? undefined : JSON.parse(key)[2]
    },
    claims: {
      async claimAttachments(actor, { key, attachmentIds }) {
        answer('claimAttachments')
        const name = nameOf(key)
        const found = attachmentIds.map((id, i) => {
          const one = kept.get(id)
          const isTheirs =
            one?.conversationId === key.conversationId && [key.senderId, actor.userId].includes(one.uploaderId)
          if (!one || !isTheirs || one.attachment.status === 'infected' || (one.key !== undefined && one.key !== name))
            throw invalidField(`/attachments/${i}`, 'not_found', 'is not there to be sent')
          return one
        })
        for (const one of kept.values()) if (one.key === name && !one.copyOf) one.key = undefined
        for (const one of found) one.key = name
        await storage.onClaimed()
        return { attachments: found.map((one) => one.attachment) }
      },
      async copyAttachments(_, { key, attachmentIds }) {
        answer('copyAttachments')
        const name = nameOf(key)
        return {
          attachments: attachmentIds.map((id) => {
            const original = kept.get(id)
            if (!original) throw noSuchMessage()
            const before = [...kept.values()].find((one) => one.key === name && one.copyOf === id)
            if (before) return before.attachment
            const copied = { ...original.attachment, id: randomUUID() }
            const { conversationId, senderId: uploaderId } = key
            kept.set(copied.id, { attachment: copied, conversationId, uploaderId, key: name, copyOf: id })
            return copied
          }),
        }
      },
      async releaseAttachments(_, { key }) {
        answer('releaseAttachments')
        for (const one of kept.values()) if (one.key === nameOf(key)) one.key = undefined
        return {}
      },
      async keepPictures(_, { attachmentIds }) {
        answer('keepPictures')
        return { missing: attachmentIds.filter((id) => !pictures.has(id)) }
      },
      async messageWritten() {
        answer('messageWritten')
        return {}
      },
    },
  }
  return storage
}
