import { randomUUID } from 'node:crypto'
import {
  type Actor,
  type Attachment,
  type Authority,
  type LinkPreview,
  ParleyError,
  type SendKey,
} from '@parley/contracts'
import { RULES } from './test-world.ts'

/** Stands for the conversation service, which says who is in what and what became of messages: a test says it to this. */
export interface FakeAuthority extends Authority {
  /** Of every conversation. */
  rules: typeof RULES
  /** Who is in a conversation, and sees every message of it. */
  members: Map<string, Set<string>>
  /** A conversation with these in it. */
  conversation(...members: Actor[]): string
  /** Messages that were written, by their key. */
  sent: Map<string, string>
  /** The message with that key is written. Answers its id. */
  send(key: SendKey): string
  waiting: Set<string>
  disabled: Set<string>
  /** Pictures that are somebody's or a group's. */
  pictures: Set<string>
  /** What happens between the question who has pictures and its answer. */
  onPicturesAsked: () => Promise<unknown>
  changed: { messageId: string; attachment: Attachment }[]
  infected: { attachmentId: string; signature: string }[]
  /** Whether the rules want cards of links, and those that were told. */
  linkPreviews: boolean
  previewed: { messageId: string; preview: LinkPreview }[]
  /** Messages that take no card: deleted, or with other words. */
  unshown: Set<string>
  /** Nobody can ask what became of messages. */
  isAway: boolean
  /** Happens once while it is asked what became of messages. */
  meanwhile: (() => Promise<unknown>) | undefined
  /** How often it was asked what became of messages. */
  asked: number
}

const nameOf = (key: SendKey) => JSON.stringify([key.conversationId, key.senderId, key.clientId])

export function createFakeAuthority(): FakeAuthority {
  const requireIn = ({ tenantId, userId }: Actor, conversationId: string | null) => {
    if (fake.disabled.has(userId)) throw new ParleyError('forbidden', 'This account is disabled')
    if (conversationId !== null && !fake.members.get(conversationId)?.has(`${tenantId}/${userId}`))
      throw new ParleyError('not_found', 'There is no such conversation')
  }
  const fake: FakeAuthority = {
    rules: RULES,
    members: new Map(),
    sent: new Map(),
    waiting: new Set(),
    disabled: new Set(),
    pictures: new Set(),
    onPicturesAsked: async () => {},
    changed: [],
    infected: [],
    linkPreviews: true,
    previewed: [],
    unshown: new Set(),
    asked: 0,
    meanwhile: undefined,
    isAway: false,
    conversation(...members) {
      const id = randomUUID()
      fake.members.set(id, new Set(members.map(({ tenantId, userId }) => `${tenantId}/${userId}`)))
      return id
    },
    send(key) {
      const id = randomUUID()
      fake.sent.set(nameOf(key), id)
      return id
    },
    async mayUpload(actor, { conversationId }) {
      requireIn(actor, conversationId)
      return { rules: fake.rules }
    },
    attachmentRules: async () => ({ rules: { ...RULES, linkPreviews: fake.linkPreviews } }),
    async mayDownload(actor, { conversationId }) {
      requireIn(actor, conversationId)
      return {}
    },
    async sendOutcomes(_actor, { keys }) {
      if (fake.isAway) throw new Error('The conversation service is away')
      fake.asked++
      const { meanwhile } = fake
      fake.meanwhile = undefined
      await meanwhile?.()
      return {
        outcomes: keys.map((key) => ({
          key,
          messageId: fake.sent.get(nameOf(key)) ?? null,
          waiting: fake.waiting.has(nameOf(key)),
        })),
      }
    },
    async picturesInUse(_actor, { attachmentIds }) {
      if (fake.isAway) throw new Error('The conversation service is away')
      const used = attachmentIds.filter((id) => fake.pictures.has(id))
      await fake.onPicturesAsked()
      return { attachmentIds: used }
    },
    async attachmentChanged(_actor, change) {
      if (fake.isAway) throw new Error('The conversation service is away')
      fake.changed.push(change)
      return {}
    },
    async attachmentInfected(_actor, { attachmentId, signature }) {
      fake.infected.push({ attachmentId, signature })
      return {}
    },
    async linkPreviewed(_actor, { messageId, preview }) {
      if (fake.isAway) throw new Error('The conversation service is away')
      if (fake.unshown.has(messageId)) return { shown: false }
      fake.previewed.push({ messageId, preview })
      return { shown: true }
    },
    async mayErase(actor) {
      if (actor.role === 'user') throw new ParleyError('forbidden', 'For admins')
      return {}
    },
  }
  return fake
}

/** The message with that key is scheduled. */
export const wait = (fake: FakeAuthority, key: SendKey) => fake.waiting.add(nameOf(key))
