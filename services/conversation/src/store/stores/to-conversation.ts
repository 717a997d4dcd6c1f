import type { Conversation, OwnState, SharedConversation } from '@parley/contracts'
import type { Positional } from '@parley/database'
import { encodeSyncCursor } from '../../domain/cursor.ts'
import type { OwnStanding } from '../../domain/ports/participants.ts'
import {
  type ContextAnswer,
  type ConversationAnswer,
  contextFields,
  draftFields,
  type OwnStateAnswer,
  ownState,
} from '../answers.ts'
import { isoTime, isoTimeOrNull } from './iso-time.ts'
import { toDraft } from './own-states.ts'
import { participantOf } from './participant-rows.ts'
import { messageOf } from './to-message.ts'

/** Of a row by the query builder, or of what a function answers, what everybody in the conversation may know. */
interface SharedRow
  extends Pick<
    ConversationAnswer,
    | 'id'
    | 'kind'
    | 'title'
    | 'status'
    | 'statusReason'
    | 'participantCount'
    | 'lastSeq'
    | 'rev'
    | 'metadata'
    | 'pictureUrl'
    | 'blocking'
  > {
  createdAt: Date | number
  updatedAt: Date | number
  activityAt: Date | number
  closesAt: Date | number | null
}

/** The one place where a row becomes what everybody in a conversation may know of it. */
export function toShared(
  row: SharedRow,
  people: SharedConversation['participants'],
  context: ContextAnswer | null,
): SharedConversation {
  return {
    id: row.id,
    kind: row.kind,
    context: context && toConversationContext(context),
    title: row.title,
    pictureUrl: row.pictureUrl,
    status: row.status,
    statusReason: row.statusReason,
    closesAt: isoTimeOrNull(row.closesAt),
    blocking: row.blocking,
    participants: people,
    participantCount: row.participantCount,
    lastSeq: row.lastSeq,
    rev: row.rev,
    metadata: row.metadata,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    activityAt: isoTime(row.activityAt),
  }
}

export function toConversationContext({ type, id, title, status, parentType, parentId }: ContextAnswer) {
  const parent = parentType !== null && parentId !== null ? { type: parentType, id: parentId } : null
  return { type, id, title, status, parent }
}

/** The one place where a participant's row becomes what they alone see of a conversation. */
const toOwnState = (
  row: Omit<OwnStateAnswer, 'epoch' | 'seq' | 'rev' | 'privateCounter' | 'unreadCount' | 'lastDeliveredSeq'>,
): OwnState => ({
  lastReadSeq: row.lastReadSeq,
  unreadFrom: row.unreadFrom,
  archivedAt: isoTimeOrNull(row.archivedAt),
  mutedUntil: isoTimeOrNull(row.mutedUntil),
  pinnedAt: isoTimeOrNull(row.pinnedAt),
  staysArchived: row.staysArchived,
  clearedBeforeSeq: row.clearedBeforeSeq,
  clearedAt: isoTimeOrNull(row.clearedAt),
  draft: row.draft && toDraft(draftFields.decode(row.draft)),
  blocked: row.blocked,
})

export function toOwnStanding(conversationId: string, answer: Positional<OwnStateAnswer>): OwnStanding {
  const row = ownState.decode(answer)
  const { seq, rev, unreadCount, lastDeliveredSeq } = row
  return {
    conversationId,
    cursor: encodeSyncCursor(row),
    head: { seq, rev },
    unreadCount,
    lastDeliveredSeq,
    me: toOwnState(row),
  }
}

/** What a client holds that has everything of it up to `rev`. */
export function cursorOf({ epoch, lastSeq: seq, privateCounter }: ConversationAnswer, rev: number): string {
  return encodeSyncCursor({ epoch, seq, rev, privateCounter })
}

/** The one place where what a function answers becomes a conversation as its viewer sees it. */
export function toConversation(view: ConversationAnswer): Conversation {
  const context = view.context && contextFields.decode(view.context)
  return {
    ...toShared(view, view.participants.map(participantOf), context),
    lastMessage: view.lastMessage && messageOf(view.lastMessage),
    cursor: cursorOf(view, view.rev),
    unreadCount: view.unreadCount,
    me: toOwnState(view),
  }
}
