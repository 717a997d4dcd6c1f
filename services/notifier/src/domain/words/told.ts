import type { NotificationKind, NotifiedMessage } from '@parley/contracts'

/** What somebody is told of: their unread messages of a conversation, as they stand at this moment. */
export interface Told {
  kind: NotificationKind
  /** Null: it is of none. */
  conversation: {
    id: string
    kind: string
    title: string | null
    context: { type: string; title?: string | null; status?: string | null } | null
  } | null
  /** The newest few, the eldest first; previews in the language of whoever is told. */
  messages: readonly Pick<NotifiedMessage, 'senderId' | 'senderName' | 'preview' | 'at' | 'moved'>[]
  /** How many there are, counted up to 100. */
  unreadCount: number
  user: { name: string | null; locale: string | null }
}

/** Where somebody may go from there. */
export interface Ways {
  /** The conversation on the host's page. */
  url: string | null
  /** Where they turn e-mails off. */
  unsubscribeUrl: string | null
  /** What they answer arrives in the conversation. */
  canReply: boolean
}
