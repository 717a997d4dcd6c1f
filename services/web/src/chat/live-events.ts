import type { ServerEvent, ServerEventName } from '@parley/contracts'
import { conversationName, isolated } from '../text/names.ts'
import type { Announcements } from './announcements.ts'
import type { ChatStore } from './chat-store.ts'
import type { ConversationLoader } from './conversation-loader.ts'
import type { Freshness } from './freshness.ts'
import type { History } from './history.ts'
import type { NotificationList } from './notification-list.ts'
import type { PendingChanges } from './pending-changes.ts'
import { TYPING_SHOWN_MS } from './typing.ts'

interface LiveEventsDeps {
  store: ChatStore
  history: History
  loader: ConversationLoader
  changes: PendingChanges
  announcements: Announcements
  told: NotificationList
  freshness: Freshness
  onReady(event: ServerEvent<'ready'>): void
  /** One of one's messages is held, or was decided. False: it was not written here. */
  onHeld(held: ServerEvent<'held_message_updated'>): boolean
  /** Somebody has blocked somebody, or no longer. */
  onBlock(): void
  /** Something that is said for a moment. */
  notify(text: string): void
}

/** What each thing that the socket hears of means for the state, and what has to be fetched for it. */
export function liveHandlers(deps: LiveEventsDeps): { [N in ServerEventName]: (data: ServerEvent<N>) => void } {
  const { store, history, loader, changes, announcements, told, freshness, onReady, onHeld, onBlock, notify } = deps
  return {
    ready: onReady,
    new_message: (message) => {
      const { conversations, timelines } = store.getState()
      const { conversationId, seq } = message
      const timeline = timelines[conversationId]
      const last = timeline?.messages.at(-1)?.seq
      store.dispatch({ type: 'message_arrived', message })
      if (!conversations[conversationId]) void loader.fetch(conversationId)
      // A stretch somewhere in the history ends before it: no hole, since it is not put there.
      if (last !== undefined && !timeline?.partial && seq > last + 1) void history.fillGap(conversationId, last)
    },
    message_updated: (message) => {
      store.dispatch({ type: 'message_updated', message })
      changes.heard(message)
    },
    message_hidden: (event) => {
      const { conversationId, messageId } = event
      const wasLast = store.getState().conversations[conversationId]?.lastMessage?.id === messageId
      store.dispatch({ type: 'message_hidden', event })
      // what stands before it is the last one now
      if (wasLast) void loader.fetch(conversationId)
    },
    messages_read: (event) => store.dispatch({ type: 'messages_read', event }),
    messages_delivered: (event) => store.dispatch({ type: 'messages_delivered', event }),
    new_conversation: (conversation) => {
      store.dispatch({ type: 'conversation_shared', conversation })
      void loader.fetch(conversation.id)
    },
    conversation_updated: (conversation) => {
      if (store.getState().conversations[conversation.id]) store.dispatch({ type: 'conversation_shared', conversation })
      // It tells of some participants; who looks at them sees them all.
      const isPartial = conversation.participants.length < conversation.participantCount
      const { conversations, openId } = store.getState()
      if (!conversations[conversation.id] || (isPartial && openId === conversation.id))
        void loader.fetch(conversation.id)
    },
    participant_joined: (event) => {
      store.dispatch({ type: 'participant_joined', event })
      if (!store.getState().conversations[event.conversationId]) void loader.fetch(event.conversationId)
    },
    participant_left: (event) => {
      const { me, conversations } = store.getState()
      const held = conversations[event.conversationId]
      store.dispatch({ type: 'participant_left', event })
      if (held && event.userId === me?.userId)
        notify(`You are no longer in “${isolated(conversationName(held, me.userId))}”.`)
    },
    conversation_state: (state) => {
      // brought back on another device, from an archive that is not loaded here
      const held = store.getState().conversations[state.conversationId]
      if (!held) return void loader.fetch(state.conversationId)
      // by this person on another device, or by the other one
      if (held.me.blocked !== state.me.blocked) onBlock()
      store.dispatch({ type: 'conversation_state', state })
    },
    user_updated: (profile) => store.dispatch({ type: 'user_updated', profile }),
    user_typing: ({ conversationId, userId, isTyping }) => {
      if (userId === store.getState().me?.userId) return
      const until = isTyping ? Date.now() + TYPING_SHOWN_MS : null
      store.dispatch({ type: 'typing_changed', conversationId, userId, until })
      if (isTyping) setTimeout(() => store.dispatch({ type: 'typing_expired', now: Date.now() }), TYPING_SHOWN_MS + 20)
    },
    presence_changed: (presence) => store.dispatch({ type: 'presence_known', people: [presence] }),
    resync_required: ({ conversationId }) => {
      if (conversationId === null || store.getState().conversations[conversationId]) void loader.sync()
      else void loader.fetch(conversationId)
    },
    admin_broadcast: (broadcast) => announcements.hear(broadcast),
    reports_changed: ({ open }) => store.dispatch({ type: 'reports_counted', open }),
    webhook_disabled: ({ url, reason }) =>
      notify(
        reason === 'gone'
          ? `The webhook ${url} says that it is gone, and is turned off.`
          : `The webhook ${url} is turned off: nothing has reached it for a day.`,
      ),
    scheduled_message_updated: (scheduled) => {
      const { status, error } = scheduled
      store.dispatch({ type: 'scheduled_changed', scheduled })
      // it is told of as one that is held
      if (status === 'failed' && error?.code !== 'held_for_review')
        notify(`A message that you scheduled was not sent: ${error?.message ?? 'nobody says why'}.`)
    },
    held_message_updated: (held) => {
      if (onHeld(held)) return
      if (held.status === 'refused')
        notify(`A message of yours was not sent: ${held.error?.message ?? 'nobody says why'}.`)
      if (held.status === 'held') notify('A message of yours is sent when somebody has looked at it.')
    },
    notification: (change) => told.hear(change),
    heads: (event) => freshness.compare(event),
    // The connection knows that it is over; see live-connection.
    session_ended: () => {},
    // The connection moves by itself; see live-connection.
    server_draining: () => {},
    // The page's tokens last a day; it comes again when one has ended.
    token_expiring: () => {},
  }
}

/** Which conversation an event is about; most name it, and those that are a whole conversation have its id. */
export function conversationOf(data: object): string | null {
  if ('conversationId' in data && typeof data.conversationId === 'string') return data.conversationId
  return 'participants' in data && 'id' in data && typeof data.id === 'string' ? data.id : null
}
