import {
  type AudienceSnapshot,
  type CatchUp,
  type Edge,
  type LiveAudience,
  type LiveEntry,
  type Message,
  ParleyError,
  type Participant,
  type SharedConversation,
} from '@parley/contracts'

/** From the message after `from` up to the one that was last when they left. */
interface Stay {
  from: number
  to: number
  joinedRev: number
}

interface Member {
  userId: string
  stays: Stay[]
  rev: number
  lastReadSeq: number
}

/** Keeps their receipts to themself, and hears of nobody else's. */
export const SECRETIVE = 'user-4'
const hides = (userId: string) => userId === SECRETIVE

/**
 * A conversation as the conversation service would keep it, in memory, for tests: makes changes and the live entries that
 * tell them, and answers what gateways ask.
 */
export class ConversationModel {
  readonly id: string
  readonly messages: Message[] = []
  readonly members = new Map<string, Member>()
  seq = 0
  rev = 0
  version = 0
  readonly #isLarge: boolean

  /** A large one names its audience by version, a small one inline. */
  constructor(number: number, isLarge: boolean) {
    this.id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
    this.#isLarge = isLarge
  }

  isIn(userId: string): boolean {
    return this.#stay(userId) !== undefined
  }

  everIn(userId: string): boolean {
    return this.members.has(userId)
  }

  #stay(userId: string): Stay | undefined {
    const stay = this.members.get(userId)?.stays.at(-1)
    return stay && stay.to === Number.POSITIVE_INFINITY ? stay : undefined
  }

  /** The message after which the user's present stay begins. */
  visibleFrom(userId: string): number {
    return this.#stay(userId)?.from ?? Number.POSITIVE_INFINITY
  }

  /** The revision by which the user's present stay began; undefined: they are not in. */
  joinedRev(userId: string): number | undefined {
    return this.#stay(userId)?.joinedRev
  }

  /** Where the stay begins in which the user was told of the conversation as it stood at `rev`. */
  beginOf(userId: string, rev: number): number {
    return this.members.get(userId)?.stays.findLast((stay) => stay.joinedRev <= rev)?.from ?? 0
  }

  get created(): boolean {
    return this.rev > 0
  }

  /** Whether the message was said while the user was in, in any of their stays. */
  everSaw(userId: string, seq: number): boolean {
    return this.members.get(userId)?.stays.some((stay) => seq > stay.from && seq <= stay.to) ?? false
  }

  create(userIds: readonly string[]): LiveEntry[] {
    this.rev++
    this.version++
    for (const userId of userIds) this.#join(userId)
    return [this.#entry('new_conversation', this.shared(), 1, 0)]
  }

  say(): LiveEntry[] {
    this.seq++
    const message = { id: `m${this.seq}`, conversationId: this.id, seq: this.seq, rev: 0, content: 'first' }
    this.messages.push(message as Message)
    return [this.#entry('new_message', message, 1, this.seq)]
  }

  edit(seq: number): LiveEntry[] {
    const message = this.messages[seq - 1]
    if (!message) return []
    this.rev++
    const edited = { ...message, rev: this.rev, content: `edit ${this.rev}` }
    this.messages[seq - 1] = edited
    return [this.#entry('message_updated', edited, 1, seq)]
  }

  join(userId: string): LiveEntry[] {
    if (this.isIn(userId)) return []
    this.rev++
    this.version++
    this.#join(userId)
    const joined = { conversationId: this.id, participant: this.#participant(userId) }
    return [
      this.#entry('participant_joined', joined, 1, 0),
      { ...this.#entry('new_conversation', this.shared(), 0, 0), audience: { version: null, userIds: [userId] } },
    ]
  }

  leave(userId: string): LiveEntry[] {
    const stay = this.#stay(userId)
    const member = this.members.get(userId)
    if (!stay || !member) return []
    stay.to = this.seq
    member.rev = ++this.rev
    this.version++
    const entry = this.#entry('participant_left', { conversationId: this.id, userId }, 1, 0)
    return [{ ...entry, audience: { ...entry.audience, userIds: [...entry.audience.userIds, userId] } }]
  }

  read(userId: string): LiveEntry[] {
    const member = this.members.get(userId)
    if (!member || !this.isIn(userId) || member.lastReadSeq === this.seq) return []
    member.lastReadSeq = this.seq
    member.rev = ++this.rev
    const state = { conversationId: this.id, unreadCount: 0, cursor: '', me: {} }
    const entry = this.#entry('messages_read', { conversationId: this.id, userId, seq: this.seq, at: '' }, 1, 0)
    const hearing = this.audience().members.flatMap((one) => (one.receiptsHidden ? [] : one.userId))
    const hidden = this.audience().members.some(({ receiptsHidden }) => receiptsHidden)
    const audience = hides(userId) ? [userId] : hidden ? hearing : undefined
    return [
      audience ? { ...entry, audience: { version: null, userIds: audience } } : entry,
      { ...this.#entry('conversation_state', state, 0, 0), audience: { version: null, userIds: [userId] } },
    ]
  }

  head() {
    return { conversationId: this.id, seq: this.seq, rev: this.rev }
  }

  shared(): SharedConversation {
    return { id: this.id, lastSeq: this.seq, rev: this.rev, updatedAt: '' } as SharedConversation
  }

  audience(): AudienceSnapshot {
    const members = [...this.members.keys()].flatMap((userId) => {
      const stay = this.#stay(userId)
      const hidden = hides(userId) && { receiptsHidden: true }
      return stay ? [{ userId, visibleFromSeq: stay.from, ...hidden }] : []
    })
    return { version: this.version, members }
  }

  catchUp({ seq, rev }: { seq: number; rev: number }): CatchUp {
    const changed = [...this.members.values()].filter((member) => member.rev > rev).sort((a, b) => a.rev - b.rev)
    return {
      head: this.head(),
      audience: this.audience(),
      messages: this.messages.slice(seq),
      changed: this.messages
        .slice(0, seq)
        .filter((message) => message.rev > rev)
        .sort((a, b) => a.rev - b.rev),
      participants: changed.map(({ userId }) => ({
        participant: this.#participant(userId),
        joined: (this.#stay(userId)?.joinedRev ?? 0) > rev,
        left: !this.isIn(userId),
        lastReadSeq: this.members.get(userId)!.lastReadSeq,
        receiptsHidden: hides(userId),
      })),
      conversation: this.shared(),
      tooFar: false,
    }
  }

  #join(userId: string): void {
    const member = this.members.get(userId) ?? { userId, stays: [], rev: 0, lastReadSeq: 0 }
    member.stays.push({ from: this.seq, to: Number.POSITIVE_INFINITY, joinedRev: this.rev })
    member.rev = this.rev
    member.lastReadSeq = this.seq
    this.members.set(userId, member)
  }

  #participant(userId: string): Participant {
    return { userId, lastReadSeq: this.members.get(userId)?.lastReadSeq ?? 0 } as Participant
  }

  #entry(event: string, data: unknown, span: number, aboutSeq: number): LiveEntry {
    const { version, members } = this.audience()
    const audience: LiveAudience = this.#isLarge
      ? { version, userIds: [] }
      : {
          version: null,
          userIds: members.flatMap(({ userId, visibleFromSeq }) =>
            aboutSeq === 0 || aboutSeq > visibleFromSeq ? [userId] : [],
          ),
        }
    const { id: conversationId, seq, rev } = this
    return { tenantId: 'acme', conversationId, seq, rev, span, aboutSeq, audience, event, json: JSON.stringify(data) }
  }
}

/** What gateways ask, of these conversations. `through` stands in the way of every call, to delay or refuse it. */
export function edgeOf(
  conversations: readonly ConversationModel[],
  through: <T>(name: keyof Edge, answer: () => T) => Promise<T>,
): Edge {
  const find = (id: string) => {
    const found = conversations.find((one) => one.id === id && one.created)
    if (!found) throw new ParleyError('not_found', 'No such conversation')
    return found
  }
  return {
    openSession: ({ userId }) =>
      through('openSession', () => ({
        me: {} as never,
        at: new Date().toISOString(),
        unreadCount: 0,
        heads: conversations.filter((one) => one.isIn(userId)).map((one) => one.head()),
      })),
    requireWriter: async () => ({ until: null }),
    presenceSeen: async () => ({ seen: [] }),
    lastSeen: async () => ({}),
    acquainted: async (_actor, { userId }) => ({ profile: { userId, name: null, avatarUrl: null }, userIds: [] }),
    requireToken: async () => ({}),
    disabledAmong: async () => ({ userIds: [] }),
    heads: (_actor, { conversationIds }) =>
      through('heads', () => ({ heads: conversationIds.map((id) => find(id).head()) })),
    catchUp: (_actor, from) => through('catchUp', () => find(from.conversationId).catchUp(from)),
    audience: (_actor, { conversationId }) => through('audience', () => find(conversationId).audience()),
  }
}
