import type { Attachment, Conversation, Me, Message, Participant } from '@parley/contracts'
import { reduce } from './chat-reducer.ts'
import { type ChatState, initialState } from './chat-state.ts'
import { untouched } from './conversations.ts'

export const CONVERSATION = '0190a000-0000-7000-8000-000000000001'

export const ana: Me = {
  userId: 'ana',
  name: 'Ana',
  avatarUrl: null,
  tenantId: 'demo',
  role: 'user',
  hostRole: null,
  receipts: true,
  presence: true,
}

/** Of messages that carry no files. */
export const noFiles = { retry: () => {}, release: () => {}, cancel: () => {}, giveBack: () => {} }

export function participant(userId: string, lastReadSeq = 0): Participant {
  return {
    userId,
    name: userId,
    avatarUrl: null,
    role: 'member',
    staff: false,
    joinedAt: '2026-01-01T00:00:00.000Z',
    lastReadSeq,
    lastDeliveredSeq: lastReadSeq,
  }
}

export function message(seq: number, senderId = 'bruno', patch: Partial<Message> = {}): Message {
  return {
    id: `message-${seq}`,
    conversationId: CONVERSATION,
    seq,
    rev: 0,
    senderId,
    sender: { userId: senderId, name: senderId, avatarUrl: null },
    type: 'text',
    content: `text ${seq}`,
    payload: null,
    attachments: [],
    mentions: [],
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: new Date(Date.UTC(2026, 0, 2, 10, 0, seq)).toISOString(),
    ...patch,
  }
}

/** A picture, uploaded. */
export function attachment(name: string, patch: Partial<Attachment> = {}): Attachment {
  return {
    ...{ id: `attachment-${name}`, name, mime: 'image/png', size: 10, kind: 'image', width: 40, height: 30 },
    ...{ durationMs: null, placeholder: null, status: 'ready', variants: [] },
    ...patch,
  }
}

export function conversation(patch: Partial<Conversation> = {}): Conversation {
  const lastSeq = patch.lastSeq ?? 0
  return {
    id: CONVERSATION,
    kind: 'direct',
    context: null,
    title: null,
    pictureUrl: null,
    status: 'active',
    statusReason: null,
    closesAt: null,
    blocking: true,
    participants: [participant('ana'), participant('bruno')],
    participantCount: 2,
    lastSeq,
    rev: 0,
    metadata: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    activityAt: lastSeq ? message(lastSeq).createdAt : '2026-01-01T00:00:00.000Z',
    lastMessage: lastSeq ? message(lastSeq) : null,
    cursor: 'c0',
    unreadCount: 0,
    me: untouched(lastSeq),
    ...patch,
  }
}

/** Ana looks at a conversation whose messages 1..lastSeq are loaded and read. */
export function openState(lastSeq = 3): ChatState {
  const messages = Array.from({ length: lastSeq }, (_, index) => message(index + 1))
  let state = initialState(ana)
  state = reduce(state, { type: 'conversations_loaded', conversations: [conversation({ lastSeq })], nextCursor: null })
  state = reduce(state, { type: 'conversation_opened', conversationId: CONVERSATION })
  return reduce(state, { type: 'page_loaded', conversationId: CONVERSATION, messages, hasOlder: false })
}

export function seqs(state: ChatState): number[] {
  return state.timelines[CONVERSATION]?.messages.map(({ seq }) => seq) ?? []
}
