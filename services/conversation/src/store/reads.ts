import {
  type Actor,
  type ConversationChanges,
  LISTED_PARTICIPANTS,
  type Receipt,
  type SyncResult,
} from '@parley/contracts'
import type { Database, Positional } from '@parley/database'
import type { ListPlace, Reads, SessionState, SyncBounds, SyncQuestion } from '../domain/ports/reads.ts'
import type { RememberedUser } from '../domain/ports/users.ts'
import {
  type ChangesAnswer,
  type ConversationAnswer,
  conversationList,
  conversationView,
  type ListAnswer,
  listedConversation,
  type MessageAnswer,
  type ReceiptAnswer,
  type ReceiptsAnswer,
  receiptFields,
  receiptsAnswer,
  type SessionAnswer,
  type SyncAnswer,
  sessionHead,
  sessionState,
  syncHidden,
  syncPart,
  syncState,
} from './answers.ts'
import { HIGHEST_ID, LOWEST_ID } from './stores/extreme-ids.ts'
import { isoTimeOrNull } from './stores/iso-time.ts'
import { encodedPage } from './stores/page-text.ts'
import { participantOf } from './stores/participant-rows.ts'
import { cursorOf, toConversation } from './stores/to-conversation.ts'
import { messageOf } from './stores/to-message.ts'
import {
  type FoundUsersAnswer,
  foundUser,
  foundUsers,
  type RememberedUserAnswer,
  rememberedUser,
  type SeenUserAnswer,
  searchPlace,
  seenUser,
  storedUser,
} from './user-answers.ts'

const PAGE = 'SELECT page_text($1,$2,$3,$4,$5,$6)'
const CONVERSATIONS = 'SELECT conversation_views($1,$2,$3,$4)'
const LIST = 'SELECT list_conversations($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)'
const SESSION = 'SELECT session_state($1,$2,$3,$4,$5,$6,$7)'
const REMEMBER = 'SELECT remember_user($1,$2,$3,$4,$5,$6)'
const SEARCH = 'SELECT search_users($1,$2,$3,$4,$5,$6,$7)'
const PRESENCE_SEEN = 'SELECT presence_seen($1,$2,$3)'
const RECEIPTS = 'SELECT message_receipts($1,$2,$3,$4,$5)'
const SYNC = 'SELECT sync_conversations($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)'
const SESSION_AND_SYNC = `SELECT json_build_array(
  session_state($1,$2,$3,$4,$5,$6,$7), sync_conversations($1,$2,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18))`

/** Before everything: no pin is later, and no conversation is active then. */
const TOP: ListPlace = { pinned: true, at: 'infinity', id: HIGHEST_ID }
/** So many conversations are looked at for one page of a list: some tens of milliseconds where a database is embedded. */
const MOST_LOOKED_AT = 2_000

/** Stores what a token says of its user when it says something new. */
export async function rememberUser(
  database: Database,
  { tenantId, userId, name, avatarUrl, hostRole, issuedAt }: Actor,
): Promise<RememberedUser> {
  const claims = [tenantId, userId, name, avatarUrl, hostRole, issuedAt ?? null]
  return rememberedUser.decode(await database.read<Positional<RememberedUserAnswer>>('remember_user', REMEMBER, claims))
}

/** What the functions answer that read, as the use-cases know it. */
export function createReads(database: Database): Reads {
  return {
    async page({ tenantId, userId }, conversationId, { before, after, limit }) {
      const answer = await database.read<string | null>('page_text', PAGE, [
        tenantId,
        userId,
        conversationId,
        before ?? null,
        after ?? null,
        limit,
      ])
      if (answer === null) return null
      const found = encodedPage(conversationId, answer)
      return after === undefined ? found.reverse() : found
    },
    async conversations({ tenantId, userId }, ids) {
      if (ids.length === 0) return []
      const views = await database.read<Positional<ConversationAnswer>[]>('conversation_views', CONVERSATIONS, [
        tenantId,
        userId,
        ids,
        LISTED_PARTICIPANTS,
      ])
      return views.map((view) => toConversation(conversationView.decode(view)))
    },
    async list({ tenantId, userId }, filter) {
      const { pinned, at, id } = filter.after ?? TOP
      const answer = await database.read<Positional<ListAnswer>>('list_conversations', LIST, [
        tenantId,
        userId,
        filter.archived,
        filter.kind ?? null,
        filter.status ?? null,
        filter.contextType ?? null,
        filter.contextId ?? null,
        filter.unread ?? null,
        filter.query ?? null,
        pinned,
        at,
        id,
        filter.limit,
        LISTED_PARTICIPANTS,
        MOST_LOOKED_AT,
      ])
      const { conversations, hasMore, stoppedAt } = conversationList.decode(answer)
      const found = conversations.map(listedConversation.decode)
      const page = found.map(({ view }) => toConversation(conversationView.decode(view)))
      const last = found.at(-1)
      if (hasMore && last) return { page, next: { pinned: last.pinned, at: last.place, id: page.at(-1)!.id } }
      return { page, next: stoppedAt === null ? null : { pinned: false, at: stoppedAt, id: LOWEST_ID } }
    },
    async session(actor, maxHeads) {
      const asked = sessionValues(actor, maxHeads)
      return toSession(await database.read<Positional<SessionAnswer>>('session_state', SESSION, asked))
    },
    async sessionAndSync(actor, maxHeads, question) {
      const asked = [...sessionValues(actor, maxHeads), ...syncValues(question)]
      const [session, changes] = await database.read<[Positional<SessionAnswer>, Positional<SyncAnswer>]>(
        'session_and_sync',
        SESSION_AND_SYNC,
        asked,
      )
      return [toSession(session), toSyncResult(changes, question.bounds)]
    },
    async searchUsers({ tenantId, knownTo, withDisabled, query, after, limit }) {
      const { term, userId } = after ?? { term: '', userId: '' }
      const asked = [tenantId, knownTo ?? null, withDisabled, query, term, userId, limit]
      const answer = await database.read<Positional<FoundUsersAnswer>>('search_users', SEARCH, asked)
      const { users, stoppedAt } = foundUsers.decode(answer)
      return { found: users.map(foundUser.decode), stoppedAt: stoppedAt && searchPlace.decode(stoppedAt) }
    },
    async presenceSeen(tenantId, viewerId, among) {
      const asked = [tenantId, viewerId, among]
      const answers = await database.read<Positional<SeenUserAnswer>[]>('presence_seen', PRESENCE_SEEN, asked)
      return answers.map((answer) => {
        const { lastSeenAt, ...person } = seenUser.decode(answer)
        return { ...person, lastSeenAt: isoTimeOrNull(lastSeenAt) }
      })
    },
    async receipts({ tenantId, userId }, messageId, after, limit) {
      const asked = [tenantId, userId, messageId, after, limit]
      const answer = await database.read<Positional<ReceiptsAnswer> | null>('message_receipts', RECEIPTS, asked)
      if (!answer) return null
      const { receipts, ...counts } = receiptsAnswer.decode(answer)
      return { ...counts, receipts: receipts.map((receipt) => toReceipt(receiptFields.decode(receipt))) }
    },
    async sync({ tenantId, userId }, question) {
      const asked = [tenantId, userId, ...syncValues(question)]
      const answer = await database.read<Positional<SyncAnswer>>('sync_conversations', SYNC, asked)
      return toSyncResult(answer, question.bounds)
    },
  }
}

const sessionValues = (
  { tenantId, userId, name, avatarUrl, hostRole, issuedAt }: Actor,
  maxHeads: number,
): unknown[] => [tenantId, userId, name, avatarUrl, hostRole, maxHeads, issuedAt ?? null]

/** All but whose question it is. */
const syncValues = ({ points, since, bounds }: SyncQuestion): unknown[] => [
  points.map((point) => point.conversationId),
  points.map((point) => point.epoch),
  points.map((point) => point.seq),
  points.map((point) => point.rev),
  points.map((point) => point.privateCounter),
  since ?? null,
  LISTED_PARTICIPANTS,
  bounds.conversations,
  bounds.messages,
  bounds.changed,
  bounds.bytes,
]

function toSession(answer: Positional<SessionAnswer>): SessionState {
  const { at, user, unreadCount, heads } = sessionState.decode(answer)
  return {
    at: new Date(at).toISOString(),
    user: user && storedUser.decode(user),
    unreadCount,
    heads: heads.map(sessionHead.decode),
  }
}

function toSyncResult(answer: Positional<SyncAnswer>, bounds: SyncBounds): SyncResult {
  const { at, gone, hasMore, conversations } = syncState.decode(answer)
  const { answered, complete } = fitted(conversations.map(syncPart.decode), bounds)
  return { conversations: answered, gone, hasMore: hasMore || !complete, at: new Date(at).toISOString() }
}

/** The one place where a row becomes a receipt. */
const toReceipt = ({ deliveredAt, readAt, ...profile }: ReceiptAnswer): Receipt => ({
  ...profile,
  deliveredAt: isoTimeOrNull(deliveredAt),
  readAt: isoTimeOrNull(readAt),
})

/** As many conversations as the bytes allow, and of the first one as much as they allow. */
function fitted(
  parts: readonly ChangesAnswer[],
  bounds: SyncBounds,
): { answered: ConversationChanges[]; complete: boolean } {
  const answered: ConversationChanges[] = []
  let complete = true
  let room = bounds.bytes
  for (const part of parts) {
    const whole = cut(part, bounds.messages, bounds.changed)
    const size = sizeOf(whole.changes)
    if (size > room && answered.length > 0) return { answered, complete: false }
    // One that is too large alone: fewer of its messages, and fewer of its changes
    const { changes, rest } = size > room ? cutToSize(part, bounds) : whole
    answered.push(changes)
    room -= size
    if (rest) complete = false
  }
  return { answered, complete }
}

function cutToSize(part: ChangesAnswer, { messages, changed, bytes }: SyncBounds) {
  const fitting = (answers: Positional<MessageAnswer>[], most: number, room: number) => {
    let used = 0
    let count = 0
    while (count < Math.min(most, answers.length)) {
      used += sizeOf(messageOf(answers[count]!))
      if (count > 0 && used > room) break
      count++
    }
    return count
  }
  return cut(part, fitting(part.messages, messages, bytes / 2), fitting(part.changed, changed, bytes / 2))
}

/**
 * The newest messages, and the changes that came first: where changes are left, the cursor stands before them, so that the
 * next call goes on from there.
 */
function cut(part: ChangesAnswer, mostMessages: number, mostChanged: number) {
  const { whole, messages: newest, changed, participants, hidden, restored } = part
  const view = conversationView.decode(part.view)
  const conversation = toConversation(view)
  const rest = changed.length > mostChanged
  const first = changed.slice(0, mostChanged).map(messageOf)
  const changes: ConversationChanges = {
    conversation: rest ? { ...conversation, cursor: cursorOf(view, first.at(-1)!.rev) } : conversation,
    reset: whole,
    ...(restored && { restored }),
    messages: newest.slice(0, mostMessages).map(messageOf).reverse(),
    changed: first,
    hidden: hidden.map(syncHidden.decode),
    participants: whole ? conversation.participants : participants.map(participantOf),
    hasMore: newest.length > mostMessages,
  }
  return { changes, rest }
}

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
