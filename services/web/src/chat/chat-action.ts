import type {
  Attachment,
  Conversation,
  ConversationChanges,
  Me,
  Message,
  Presence,
  ReadState,
  ReplyPreview,
  ScheduledMessage,
  ServerEvent,
  SharedConversation,
  UserPolicy,
} from '@parley/contracts'
import type { FailureCode } from '../net/request-failure.ts'
import type { Broadcast, ChatState, ConnectionState } from './chat-state.ts'
import type { Outgoing } from './outgoing.ts'
import type { PendingChange } from './pending-changes.ts'

type Turnover = ChatState['turnover']

/** Everything that can happen to the state, whether a person, the server or a clock caused it. */
export type ChatAction =
  | { type: 'me_known'; me: Me }
  | { type: 'policy_known'; policy: UserPolicy }
  | { type: 'connection_changed'; connection: ConnectionState }
  | { type: 'catching_up'; isCatchingUp: boolean }
  | { type: 'attention_changed'; attentive: boolean }
  /** `asked`, here and below: what `turnover` was when it was asked for. */
  | {
      type: 'conversations_loaded'
      conversations: readonly Conversation[]
      nextCursor: string | null
      asked?: Turnover
    }
  /** By what somebody looks for: the list itself goes no further. */
  | { type: 'conversations_found'; conversations: readonly Conversation[]; asked?: Turnover }
  | { type: 'conversations_failed'; detail: string }
  | { type: 'conversation_loaded'; conversation: Conversation; asked?: Turnover }
  | { type: 'conversation_shared'; conversation: SharedConversation }
  | { type: 'conversation_gone'; conversationId: string }
  | { type: 'conversation_state'; state: ServerEvent<'conversation_state'> }
  | { type: 'conversation_opened'; conversationId: string | null }
  /** Null: nothing stands out any more. */
  | { type: 'message_sought'; sought: { conversationId: string; seq: number } | null }
  | { type: 'following_changed'; following: boolean }
  | { type: 'messages_seen'; conversationId: string; seq: number }
  | { type: 'participant_joined'; event: ServerEvent<'participant_joined'> }
  | { type: 'participant_left'; event: ServerEvent<'participant_left'> }
  | { type: 'changes_synced'; changes: ConversationChanges; asked?: Turnover }
  | { type: 'user_updated'; profile: ServerEvent<'user_updated'> }
  | { type: 'message_arrived'; message: Message }
  | { type: 'message_updated'; message: Message }
  | { type: 'message_hidden'; event: ServerEvent<'message_hidden'> }
  | { type: 'messages_read'; event: ServerEvent<'messages_read'> }
  | { type: 'messages_delivered'; event: ServerEvent<'messages_delivered'> }
  | { type: 'read_marked'; conversationId: string; read: ReadState }
  | { type: 'page_requested'; conversationId: string; part: 'latest' | 'older' | 'newer' }
  /** In place of what is loaded. `upTo`: as far as nothing follows it. */
  | { type: 'page_loaded'; conversationId: string; messages: readonly Message[]; hasOlder: boolean; upTo?: number }
  | { type: 'older_page_loaded'; conversationId: string; messages: readonly Message[]; hasOlder: boolean }
  | { type: 'newer_page_loaded'; conversationId: string; messages: readonly Message[]; upTo?: number }
  | { type: 'gap_filled'; conversationId: string; messages: readonly Message[] }
  | { type: 'page_failed'; conversationId: string; detail: string }
  | { type: 'typing_changed'; conversationId: string; userId: string; until: number | null }
  | { type: 'typing_expired'; now: number }
  | { type: 'presence_known'; people: readonly Presence[] }
  /** All that wait or have failed; `before`: what was known when they were asked for. */
  | { type: 'scheduled_known'; scheduled: readonly ScheduledMessage[]; before: ChatState['scheduled'] }
  | { type: 'scheduled_changed'; scheduled: ScheduledMessage }
  | { type: 'send_queued'; entry: Outgoing }
  | { type: 'send_attempted'; conversationId: string; clientId: string }
  | { type: 'send_acknowledged'; conversationId: string; clientId: string; message: Message }
  | {
      type: 'send_failed'
      conversationId: string
      clientId: string
      code: FailureCode
      detail: string
      retryable: boolean
    }
  | { type: 'send_retried'; conversationId: string; clientId: string }
  | { type: 'send_discarded'; conversationId: string; clientId: string }
  | { type: 'file_uploaded'; conversationId: string; uploadId: string; attachment: Attachment }
  | { type: 'change_pending'; change: PendingChange }
  | { type: 'change_settled'; messageId: string }
  | { type: 'reply_chosen'; conversationId: string; replyTo: ReplyPreview | null }
  /** What a draft that came from the server answers. */
  | { type: 'reply_known'; conversationId: string; replyTo: ReplyPreview }
  | { type: 'draft_changed'; conversationId: string; text: string }
  | { type: 'draft_saved'; conversationId: string; text: string; replyTo: string | null }
  /** What was not sent is written on, behind what has been begun since. */
  | { type: 'send_reopened'; conversationId: string; clientId: string }
  | { type: 'notice_shown'; id: number; text: string }
  | { type: 'notice_dismissed'; id: number }
  /** `before`: who was when they were asked for. */
  | { type: 'blocks_known'; userIds: readonly string[]; before: readonly string[] }
  | { type: 'block_changed'; userId: string; blocked: boolean }
  | { type: 'reports_counted'; open: number }
  | { type: 'broadcast_heard'; broadcast: Broadcast }
  | { type: 'broadcast_dismissed'; id: string }
