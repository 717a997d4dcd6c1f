import { type Static, type TSchema, Type } from 'typebox'
import { Conversation, ConversationRef, MarkRead, ReadState } from '../shapes/conversation.ts'
import type { ErrorBody } from '../shapes/errors.ts'
import { EditMessage, Message, MessageRef, SendMessage } from '../shapes/message.ts'
import { Sync, SyncResult } from '../shapes/sync.ts'

const Nothing = Type.Object({}, { additionalProperties: false })
const Typing = Type.Object({
  /** False: the typing channel is degraded and only people on the same gateway see it. */
  everywhere: Type.Boolean(),
})

/** What a client may send: one object, and an acknowledgement that is always called. */
export const clientEvents = {
  send_message: { input: SendMessage, output: Message },
  edit_message: { input: EditMessage, output: Message },
  delete_message: { input: MessageRef, output: Message },
  join_conversation: { input: ConversationRef, output: Conversation },
  leave_conversation: { input: ConversationRef, output: Nothing },
  typing_start: { input: ConversationRef, output: Typing },
  typing_stop: { input: ConversationRef, output: Typing },
  mark_read: { input: MarkRead, output: ReadState },
  sync: { input: Sync, output: SyncResult },
} as const satisfies Record<string, { input: TSchema; output: TSchema }>

export type ClientEventName = keyof typeof clientEvents

export type Ack<T> = { ok: true; data: T } | { ok: false; error: ErrorBody }

export type ClientToServer = {
  [N in ClientEventName]: (
    input: Static<(typeof clientEvents)[N]['input']>,
    ack: (reply: Ack<Static<(typeof clientEvents)[N]['output']>>) => void,
  ) => void
}
