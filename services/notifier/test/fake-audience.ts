import { randomUUID } from 'node:crypto'
import {
  type Actor,
  type Audience,
  type Concerned,
  type Event,
  type HappenedNews,
  ParleyError,
  type Policy,
  type ReadNews,
  type RecipientsPage,
  type Standing,
  type WrittenNews,
} from '@parley/contracts'

/** A message as far as the worker may know of it. */
interface FakeMessage {
  id: string
  seq: number
  senderId: string
  type: string
  content: string
  mentions: readonly string[]
  /** Milliseconds since 1970. */
  at: number
  isDeleted: boolean
}

/** A broadcast, as far as the worker may know of it. */
interface FakeBroadcast {
  tenantId: string
  number: number
  senderId: string
  content: string
}

/** Stands for the conversation service, which says who is in what, what is unread and what the rules are: a test says it to this. */
export interface FakeAudience extends Audience {
  /** Where the host says that somebody is reached. */
  emails: Map<string, string>
  /** Who is in which conversation. */
  members: Map<string, Set<string>>
  disabled: Set<string>
  /** Of every tenant. */
  rules: Policy['notifications']
  /** What is written in which conversation, in its order. */
  messages: Map<string, FakeMessage[]>
  /** Who has muted what, as `place` names it. */
  muted: Set<string>
  now: () => number
  /** What is told of again, by `conversation:seq`. */
  events: Map<string, Event>
  /** A conversation with these in it. */
  conversation(...members: Actor[]): string
  /** Somebody writes there. */
  write(conversationId: string, sender: Actor, content: string, more?: Partial<FakeMessage>): FakeMessage
  /** Somebody has read so far. */
  read(conversationId: string, reader: Actor, seq: number): void
  /** Something that is no message happened, now. */
  happen(tenantId: string, happened: Partial<HappenedNews> & Pick<HappenedNews, 'kind' | 'aboutId'>): void
  /** Who is told of broadcasts, by tenant, and of reports. */
  users: Map<string, string[]>
  moderators: Map<string, string[]>
  broadcasts: FakeBroadcast[]
  /** The reports of a tenant that wait, by id. */
  waiting: Map<string, Set<string>>
  /** What is in the audit log. */
  audited: string[]
  /** Nobody can ask it anything. */
  isAway: boolean
  /** How often it was asked who has to be told. */
  asked: number
}

const NEWS_AT_ONCE = 100
/** Few, so that tests have pages of them. */
const CONCERNED_AT_ONCE = 3

type Items = Parameters<Audience['standingOf']>[1]['items']

const nameOf = ({ tenantId, userId }: Pick<Actor, 'tenantId' | 'userId'>) => `${tenantId}/${userId}`
/** Somebody in a conversation. */
const place = (conversationId: string, one: Pick<Actor, 'tenantId' | 'userId'>) => `${conversationId} ${nameOf(one)}`

export function createFakeAudience(): FakeAudience {
  const readSeqs = new Map<string, number>()
  const messagesOf = (conversationId: string) => fake.messages.get(conversationId) ?? []
  const isIn = (conversationId: string, one: Pick<Actor, 'tenantId' | 'userId'>) =>
    fake.members.get(conversationId)?.has(nameOf(one)) === true && !fake.disabled.has(nameOf(one))
  const readOf = (conversationId: string, one: Pick<Actor, 'tenantId' | 'userId'>) =>
    readSeqs.get(place(conversationId, one)) ?? 0
  /** What somebody may be told of, behind a message. */
  const seenBy = (conversationId: string, userId: string, after: number) =>
    messagesOf(conversationId).filter(
      ({ seq, senderId, isDeleted }) => seq > after && senderId !== userId && !isDeleted,
    )
  const about = (id: string) => ({ id, kind: 'group' as const, title: 'A group', context: null })
  const hasRead = (conversationId: string, reader: Actor, seq: number) =>
    readSeqs.set(place(conversationId, reader), Math.max(seq, readOf(conversationId, reader)))
  const log: { written?: WrittenNews; read?: ReadNews; happened?: HappenedNews }[] = []
  const personOf = (tenantId: string, userId: string): Standing['user'] => ({
    ...{ name: userId, locale: null, email: fake.emails.get(nameOf({ tenantId, userId })) ?? null },
  })
  const person = (tenantId: string, userId: string, seq: number): Concerned => ({
    ...{ userId, name: userId, locale: null, email: fake.emails.get(nameOf({ tenantId, userId })) ?? null },
    ...{ mutedUntil: null, seq },
  })
  const announcementOf = (tenantId: string, { userId, kind, fromSeq, toSeq }: Items[number]): Standing | null => {
    const count = kind === 'report' ? (fake.waiting.get(tenantId)?.size ?? 0) : 0
    const sent = fake.broadcasts.filter(
      (one) => one.tenantId === tenantId && one.number >= fromSeq && one.number <= toSeq,
    )
    const messages = kind === 'broadcast' ? sent : []
    if (count + messages.length === 0) return null
    return {
      conversation: null,
      messages: messages.map(({ number, senderId, content }) => ({
        ...{ id: randomUUID(), seq: number, type: 'broadcast', senderId, senderName: senderId, senderAvatarUrl: null },
        ...{ preview: content, at: new Date(fake.now()).toISOString() },
      })),
      ...{ unreadCount: count || messages.length, totalUnread: 0, user: personOf(tenantId, userId) },
    }
  }
  const requireHere = () => {
    if (fake.isAway) throw new ParleyError('unavailable', 'The conversation service is away')
  }
  const standingsOf = (tenantId: string, items: Parameters<Audience['standingOf']>[1]['items'], unread: boolean) => {
    requireHere()
    return items.map((item): Standing | null => {
      const { userId, conversationId, fromSeq, toSeq, kind } = item
      if (conversationId === null) return announcementOf(tenantId, item)
      const one = { tenantId, userId }
      if (!isIn(conversationId, one) || (unread && fake.muted.has(place(conversationId, one)))) return null
      const after = Math.max(fromSeq - 1, unread ? readOf(conversationId, one) : 0)
      const shown = seenBy(conversationId, userId, after).filter(({ seq }) => seq <= toSeq)
      const isBare = (kind === 'added' || kind === 'context') && (!unread || readOf(conversationId, one) < toSeq)
      if (shown.length === 0 && !isBare) return null
      const unreadCount = seenBy(conversationId, userId, readOf(conversationId, one)).length
      return {
        conversation: about(conversationId),
        messages: shown.slice(-5).map(({ id, seq, type, senderId, content, at }) => ({
          ...{ id, seq, type, senderId, senderName: senderId, senderAvatarUrl: null, preview: content },
          at: new Date(at).toISOString(),
        })),
        ...{ unreadCount, totalUnread: unreadCount, user: personOf(tenantId, userId) },
      }
    })
  }
  const recipientsIn = (
    tenantId: string,
    { conversationId, after: from, told }: Parameters<Audience['recipientsOf']>[1]['conversations'][number],
    delayMs: number,
    limit: number,
  ): RecipientsPage => {
    const written = messagesOf(conversationId)
    const border = fake.now() - delayMs
    const agedSeq = written.filter(({ at }) => at <= border).at(-1)?.seq ?? 0
    const young = written.find(({ seq }) => seq > agedSeq)
    const members = [...(fake.members.get(conversationId) ?? [])]
      .map((name) => name.slice(tenantId.length + 1))
      .filter((userId) => from === null || userId > from)
      .sort()
      .slice(0, limit)
    const named = new Set<number>()
    const recipients = members.flatMap((userId) => {
      const one = { tenantId, userId }
      if (!isIn(conversationId, one)) return []
      const lastReadSeq = readOf(conversationId, one)
      const after = Math.max(lastReadSeq, told.find((mark) => mark.userId === userId)?.seq ?? 0)
      const untold = seenBy(conversationId, userId, after).filter(({ seq }) => seq <= agedSeq)
      if (untold.length === 0) return []
      for (const { seq } of untold) named.add(seq)
      return {
        ...{ userId, name: userId, locale: null, email: fake.emails.get(nameOf(one)) ?? null, observes: false },
        mutedUntil: fake.muted.has(place(conversationId, one)) ? '9999-12-31T00:00:00.000Z' : null,
        unreadCount: seenBy(conversationId, userId, lastReadSeq).length,
        ...{ lastReadSeq, toSeq: agedSeq },
        seqs: untold.map(({ seq }) => seq),
        mentions: untold.filter(({ mentions }) => mentions.includes(userId)).map(({ seq }) => seq),
      }
    })
    return {
      conversation: fake.messages.has(conversationId) ? about(conversationId) : null,
      ...{ agedSeq, agesInMs: young ? young.at - border : null, recipients },
      next: members.length === limit ? members.at(-1)! : null,
      readers: [...new Set(written.map(({ senderId }) => senderId))].map((userId) => ({
        ...{ userId, seq: readOf(conversationId, { tenantId, userId }) },
      })),
      messages: written
        .filter(({ seq }) => named.has(seq))
        .map(({ id: messageId, seq, type, senderId, at }) => ({
          ...{ messageId, seq, type, senderId },
          at: new Date(at).toISOString(),
        })),
    }
  }
  const fake: FakeAudience = {
    emails: new Map(),
    members: new Map(),
    disabled: new Set(),
    messages: new Map(),
    muted: new Set(),
    events: new Map(),
    users: new Map(),
    moderators: new Map(),
    broadcasts: [],
    audited: [],
    waiting: new Map(),
    rules: { channels: ['push', 'email', 'inApp'], previews: true, digestAfterMinutes: null },
    now: Date.now,
    isAway: false,
    asked: 0,
    conversation(...members) {
      const id = randomUUID()
      fake.members.set(id, new Set(members.map(nameOf)))
      fake.messages.set(id, [])
      return id
    },
    write(conversationId, sender, content, more) {
      const written = messagesOf(conversationId)
      const message: FakeMessage = {
        ...{ id: randomUUID(), seq: written.length + 1, senderId: sender.userId, type: 'text', content, mentions: [] },
        ...{ at: fake.now(), isDeleted: false },
        ...more,
      }
      written.push(message)
      hasRead(conversationId, sender, message.seq)
      log.push({ written: { tenantId: sender.tenantId, conversationId, at: new Date(message.at).toISOString() } })
      return message
    },
    read(conversationId, reader, seq) {
      hasRead(conversationId, reader, seq)
      const { tenantId, userId } = reader
      log.push({ read: { tenantId, conversationId, userId, seq } })
    },
    async newsAfter(_, { position }) {
      requireHere()
      const begin = position === null ? 0 : JSON.parse(position)[0]
      const some = log.slice(begin, begin + NEWS_AT_ONCE)
      const end = begin + some.length
      return {
        position: `[${end},[],[]]`,
        written: some.flatMap(({ written }) => (written ? [written] : [])),
        read: some.flatMap(({ read }) => (read ? [read] : [])),
        happened: some.flatMap(({ happened }) => (happened ? [happened] : [])),
        more: end < log.length,
      }
    },
    async admit(actor, { conversationId }) {
      if (fake.disabled.has(nameOf(actor))) throw new ParleyError('forbidden', 'This account is disabled')
      if (conversationId !== null && !fake.members.get(conversationId)?.has(nameOf(actor)))
        throw new ParleyError('not_found', 'No such conversation')
      return { role: actor.role, email: fake.emails.get(nameOf(actor)) ?? null, locale: null }
    },
    async sendReply(actor, { conversationId, content }) {
      requireHere()
      if (!isIn(conversationId, actor)) throw new ParleyError('not_found', 'No such conversation')
      return { messageId: fake.write(conversationId, actor, content).id }
    },
    happen(tenantId, happened) {
      // as the database says: there jobs are moved, and time is not
      const at = new Date().toISOString()
      log.push({ happened: { tenantId, at, userId: null, seq: 0, rev: log.length + 1, ...happened } })
    },
    async concernedBy({ tenantId }, { happened, after }) {
      requireHere()
      const { kind, aboutId, userId, seq } = happened
      const open = fake.waiting.get(tenantId) ?? new Set()
      const inConversation = kind === 'added' || kind === 'context'
      const people = inConversation
        ? [...(fake.members.get(aboutId) ?? [])].map((name) => name.slice(tenantId.length + 1))
        : kind === 'broadcast'
          ? fake.users.get(tenantId)
          : open.has(aboutId) && fake.moderators.get(tenantId)
      const readTo = (id: string) => (inConversation ? readOf(aboutId, { tenantId, userId: id }) : 0)
      const page = [...(people || [])]
        .sort()
        .filter((id) => (userId === null || id === userId) && id > (after ?? '') && readTo(id) <= seq)
        .filter((id) => !fake.disabled.has(nameOf({ tenantId, userId: id })))
      const some = page.slice(0, CONCERNED_AT_ONCE)
      return {
        concerned: some.map((id) => ({
          ...person(tenantId, id, inConversation ? Math.max(seq, readTo(id) + 1) : seq),
          mutedUntil: fake.muted.has(place(aboutId, { tenantId, userId: id })) ? '9999-12-31T00:00:00.000Z' : null,
        })),
        next: some.length < page.length ? some.at(-1)! : null,
        waiting: open.size,
      }
    },
    async auditAction({ userId }, { action, target }) {
      requireHere()
      fake.audited.push(`${userId} ${action} ${target}`)
      return {}
    },
    notificationRules: async () => ({ rules: fake.rules }),
    async recipientsOf({ tenantId }, { conversations, delayMs, limit }) {
      requireHere()
      fake.asked++
      return { pages: conversations.map((asked) => recipientsIn(tenantId, asked, delayMs, limit)) }
    },
    standingOf: async ({ tenantId }, { items }) => ({ standings: standingsOf(tenantId, items, true) }),
    unreadOf: async ({ tenantId }, { userIds }) => ({
      unread: userIds.map((userId) =>
        [...fake.messages.keys()]
          .filter((id) => isIn(id, { tenantId, userId }))
          .reduce((sum, id) => sum + seenBy(id, userId, readOf(id, { tenantId, userId })).length, 0),
      ),
    }),
    async eventNow(_actor, { conversationId, seq }) {
      requireHere()
      return { event: fake.events.get(`${conversationId}:${seq}`) ?? null }
    },
    shownOf: async ({ tenantId }, { items }) => ({ standings: standingsOf(tenantId, items, false) }),
  }
  return fake
}
