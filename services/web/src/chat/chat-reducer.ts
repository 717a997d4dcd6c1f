import type { ChatAction } from './chat-action.ts'
import type { ChatState, HeldConversation } from './chat-state.ts'
import { mergeConversation, mergeShared, provisional } from './conversations.ts'
import { withDraft, withDraftSaved, withReply, withReplyKnown } from './draft-changes.ts'
import { withoutHidden, withoutHiddenLast, withoutMessages } from './hidden-messages.ts'
import { withAcknowledged, withArrived, withChanges, withUpdated } from './message-changes.ts'
import { withKnownLine, withMovedLine, withOpened, withSeen } from './opening.ts'
import { change, withUploaded } from './outgoing.ts'
import { withoutCleared } from './own-conversations.ts'
import { withOwn, withOwnState, withoutSeen, withRead } from './own-state.ts'
import { withProfile } from './people-changes.ts'
import { withPresence } from './presence.ts'
import { withMark } from './read-state.ts'
import { withListed, withScheduled } from './scheduled.ts'
import { appendPage, emptyTimeline, mergeMessages, prependPage, replaceWithPage, type Timeline } from './timeline.ts'
import { hasTurnedOver, withJoined, withLeft, withoutConversation } from './turnover.ts'
import { withoutExpired, withTyping } from './typing.ts'

/** Banners take their place from the messages. */
const MAX_BROADCASTS = 3

export function reduce(state: ChatState, action: ChatAction): ChatState {
  const next = changed(state, action)
  return next === state ? state : withMovedLine(state, withKnownLine(next))
}

function changed(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'me_known':
      return { ...state, me: action.me }
    case 'policy_known':
      return { ...state, policy: action.policy }
    case 'connection_changed':
      return state.connection === action.connection ? state : { ...state, connection: action.connection }
    case 'catching_up':
      return state.isCatchingUp === action.isCatchingUp ? state : { ...state, isCatchingUp: action.isCatchingUp }
    case 'attention_changed':
      return state.attentive === action.attentive ? state : { ...state, attentive: action.attentive }

    case 'conversations_loaded': {
      const list = { status: 'ready', nextCursor: action.nextCursor, detail: null } as const
      return { ...withAnswers(state, action.conversations, action.asked), list }
    }
    case 'conversations_found':
      return withAnswers(state, action.conversations, action.asked)
    case 'conversations_failed':
      return { ...state, list: { ...state.list, status: 'failed', detail: action.detail } }
    case 'conversation_loaded':
      return withAnswers(state, [action.conversation], action.asked)
    case 'conversation_shared': {
      const held = state.conversations[action.conversation.id]
      return withConversation(state, held ? mergeShared(held, action.conversation) : provisional(action.conversation))
    }
    case 'conversation_gone':
      return withoutConversation(state, action.conversationId)
    case 'conversation_state':
      return withOwnState(state, action.state)
    case 'conversation_opened':
      return withOpened(state, action.conversationId)
    case 'message_sought':
      return { ...state, sought: action.sought }
    case 'following_changed':
      return state.following === action.following ? state : { ...state, following: action.following }
    case 'messages_seen':
      return withSeen(state, action.conversationId, action.seq)

    case 'participant_joined':
      return withJoined(state, action.event)
    case 'participant_left':
      return withLeft(state, action.event)
    case 'user_updated':
      return withProfile(state, action.profile)

    case 'changes_synced': {
      const { reset, conversation } = action.changes
      const next = reset ? withoutSeen(state, conversation.id) : state
      return withOwn(withChanges(next, action.changes, action.asked), [conversation])
    }
    case 'message_arrived':
      return withArrived(state, action.message)
    case 'message_updated':
      return withUpdated(state, action.message)
    case 'message_hidden':
      return withoutMessages(state, action.event.conversationId, [action.event])
    case 'messages_read':
      return readBySomebody(state, action.event)
    case 'messages_delivered': {
      const { conversationId, userId, seq } = action.event
      const held = state.conversations[conversationId]
      return held && userId !== null ? withConversation(state, withMark(held, userId, 'lastDeliveredSeq', seq)) : state
    }
    case 'read_marked':
      return withRead(state, action.conversationId, action.read.lastReadSeq, action.read.unreadCount)

    case 'page_requested':
      return withTimeline(state, action.conversationId, (timeline) => {
        if (action.part === 'older') return { ...timeline, loadingOlder: true }
        if (action.part === 'newer') return { ...timeline, loadingNewer: true }
        return { ...timeline, status: timeline.status === 'ready' ? 'ready' : 'loading' }
      })
    case 'page_loaded':
      return withPage(state, action, (timeline) => {
        const { hasOlder, upTo } = action
        return replaceWithPage(timeline, action.messages, { hasOlder, upTo, lastSeq: lastSeqOf(state, action) })
      })
    case 'older_page_loaded':
      return withPage(state, action, (timeline) => prependPage(timeline, action.messages, action.hasOlder))
    case 'newer_page_loaded':
      return withPage(state, action, (timeline) =>
        appendPage(timeline, action.messages, lastSeqOf(state, action), action.upTo),
      )
    case 'gap_filled':
      return withPage(state, action, (timeline) => ({
        ...timeline,
        messages: mergeMessages(timeline.messages, action.messages),
      }))
    case 'page_failed':
      return withTimeline(state, action.conversationId, (timeline) => ({
        ...timeline,
        status: timeline.status === 'ready' ? 'ready' : 'failed',
        loadingOlder: false,
        loadingNewer: false,
        detail: action.detail,
      }))

    case 'typing_changed':
      return {
        ...state,
        typing: withTyping(state.typing, action.conversationId, action.userId, action.until),
      }
    case 'presence_known':
      return { ...state, presence: withPresence(state.presence, action.people) }
    case 'typing_expired': {
      const typing = withoutExpired(state.typing, action.now)
      return typing === state.typing ? state : { ...state, typing }
    }

    case 'send_queued': {
      const { conversationId } = action.entry
      const entries = [...(state.outgoing[conversationId] ?? []), action.entry]
      // Kept from before, and brought by more than one way.
      if (state.outgoing[conversationId]?.some(({ clientId }) => clientId === action.entry.clientId)) return state
      // Whoever writes has read what was new.
      const newAfter = conversationId === state.openId ? null : state.newAfter
      return { ...state, newAfter, outgoing: { ...state.outgoing, [conversationId]: entries } }
    }
    case 'send_attempted':
      return withEntry(state, action, { attempted: true })
    case 'send_acknowledged':
      return withAcknowledged(state, action.clientId, action.message)
    case 'send_failed':
      // Whatever was taken for its echo was another message.
      return withEntry(state, action, {
        state: action.code === 'held_for_review' ? 'held' : 'failed',
        echoId: null,
        code: action.code,
        detail: action.detail,
        retryable: action.retryable,
      })
    case 'send_retried':
      return withEntry(state, action, { state: 'sending', code: null, detail: null })
    case 'send_discarded': {
      const entries = state.outgoing[action.conversationId] ?? []
      const left = entries.filter((entry) => entry.clientId !== action.clientId)
      return { ...state, outgoing: { ...state.outgoing, [action.conversationId]: left } }
    }
    case 'file_uploaded': {
      const { conversationId, uploadId, attachment } = action
      const entries = withUploaded(state.outgoing[conversationId] ?? [], uploadId, attachment)
      return { ...state, outgoing: { ...state.outgoing, [conversationId]: entries } }
    }

    case 'scheduled_known':
      return { ...state, scheduled: withListed(state.scheduled, action.before, action.scheduled) }
    case 'scheduled_changed':
      return { ...state, scheduled: withScheduled(state.scheduled, action.scheduled) }

    case 'change_pending':
      return { ...state, changes: { ...state.changes, [action.change.messageId]: action.change } }
    case 'change_settled': {
      const { [action.messageId]: _settled, ...changes } = state.changes
      return { ...state, changes }
    }

    case 'reply_chosen':
      return withReply(state, action.conversationId, action.replyTo)
    case 'reply_known':
      return withReplyKnown(state, action.conversationId, action.replyTo)
    case 'draft_changed':
      return withDraft(state, action.conversationId, action.text)
    case 'draft_saved':
      return withDraftSaved(state, action.conversationId, action.text, action.replyTo)
    case 'send_reopened': {
      const { conversationId, clientId } = action
      const entry = state.outgoing[conversationId]?.find((candidate) => candidate.clientId === clientId)
      if (!entry) return state
      const begun = state.drafts[conversationId]?.trim()
      const text = begun ? `${entry.content}\n${begun}` : entry.content
      const left = changed(state, { type: 'send_discarded', conversationId, clientId })
      const answering = entry.replyTo ?? state.replies[conversationId] ?? null
      return withDraft(withReply(left, conversationId, answering), conversationId, text)
    }

    case 'notice_shown':
      // The same complaint repeated is one complaint.
      if (state.notices.some((notice) => notice.text === action.text)) return state
      return { ...state, notices: [...state.notices.slice(-2), { id: action.id, text: action.text }] }
    case 'notice_dismissed':
      return { ...state, notices: state.notices.filter((notice) => notice.id !== action.id) }

    case 'blocks_known': {
      // What somebody has decided since that was asked for.
      const isDecided = (userId: string) => state.blocked.includes(userId) !== action.before.includes(userId)
      const others = action.userIds.filter((userId) => !isDecided(userId))
      return { ...state, blocked: [...others, ...state.blocked.filter(isDecided)] }
    }
    case 'block_changed': {
      const others = state.blocked.filter((userId) => userId !== action.userId)
      return { ...state, blocked: action.blocked ? [...others, action.userId] : others }
    }
    case 'reports_counted':
      return { ...state, openReports: action.open }
    case 'broadcast_heard': {
      const others = state.broadcasts.filter(({ id }) => id !== action.broadcast.id)
      // One that was asked for may come after one that was heard since.
      const all = [...others, action.broadcast].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
      return { ...state, broadcasts: all.slice(-MAX_BROADCASTS) }
    }
    case 'broadcast_dismissed':
      return { ...state, broadcasts: state.broadcasts.filter(({ id }) => id !== action.id) }
  }
}

/** With whole conversations that were asked for. */
function withAnswers(
  state: ChatState,
  answers: readonly HeldConversation[],
  asked: ChatState['turnover'] | undefined,
): ChatState {
  return answers.reduce((next, answer) => withAnswer(next, answer, asked), state)
}

function withAnswer(state: ChatState, answer: HeldConversation, asked: ChatState['turnover'] | undefined): ChatState {
  const { id } = answer
  const held = state.conversations[id]
  const isFromBefore = hasTurnedOver(state, id, asked)
  // It was left since.
  if (isFromBefore && !held) return state
  const merged = mergeConversation(held, withoutHiddenLast(state, answer), {
    // Without loaded messages there is nothing that a newer cursor could claim wrongly.
    complete: !state.timelines[id],
    keepsPeople: isFromBefore,
  })
  return withOwn(withConversation(state, merged), [answer])
}

function withConversation(state: ChatState, conversation: HeldConversation): ChatState {
  return { ...state, conversations: { ...state.conversations, [conversation.id]: conversation } }
}

function withTimeline(state: ChatState, id: string, update: (timeline: Timeline) => Timeline): ChatState {
  const timeline = update(state.timelines[id] ?? emptyTimeline)
  return { ...state, timelines: { ...state.timelines, [id]: timeline } }
}

/** With messages that were asked for; what their reader has deleted meanwhile, some or all of it, stays away. */
function withPage(
  state: ChatState,
  { conversationId }: { conversationId: string },
  update: (timeline: Timeline) => Timeline,
): ChatState {
  const next = withTimeline(state, conversationId, (timeline) => withoutHidden(state, update(timeline)))
  return withoutCleared(next, conversationId)
}

function lastSeqOf(state: ChatState, { conversationId }: { conversationId: string }): number {
  return state.conversations[conversationId]?.lastSeq ?? 0
}

function withEntry(
  state: ChatState,
  { conversationId, clientId }: { conversationId: string; clientId: string },
  patch: Parameters<typeof change>[2],
): ChatState {
  const entries = change(state.outgoing[conversationId] ?? [], clientId, patch)
  return { ...state, outgoing: { ...state.outgoing, [conversationId]: entries } }
}

function readBySomebody(state: ChatState, event: Extract<ChatAction, { type: 'messages_read' }>['event']): ChatState {
  const held = state.conversations[event.conversationId]
  if (!held) return state
  if (event.userId !== null) return withConversation(state, withMark(held, event.userId, 'lastReadSeq', event.seq))
  const crowdRead = { seq: event.seq, count: event.readCount ?? 0 }
  if (held.crowdRead && held.crowdRead.seq > crowdRead.seq) return state
  return withConversation(state, { ...held, crowdRead })
}
