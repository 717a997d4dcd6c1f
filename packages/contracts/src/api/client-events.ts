import { type Static, type TSchema, Type } from 'typebox'
import { Conversation, ConversationRef } from '../shapes/conversation.ts'
import type { ErrorBody } from '../shapes/errors.ts'
import { Timestamp } from '../shapes/identifiers.ts'
import { Nothing } from '../shapes/nothing.ts'
import { Presence, SetPresence, WatchPresence } from '../shapes/presence.ts'
import { chat } from './chat.ts'
import { type AnswerOf, answerOf, type RpcContract } from './operation.ts'

/** No token is longer. */
export const MAX_TOKEN_LENGTH = 8 * 1024

const Typing = Type.Object({
  /** False: the typing channel is degraded and only people on the same gateway see it. */
  everywhere: Type.Boolean(),
})

interface ClientEvent {
  /** One line for every document, without a full stop. */
  summary: string
  input: TSchema
  /** What is acknowledged. */
  output: TSchema
}

/** What concerns sockets alone, and is answered by the gateway that has them. */
export const gatewayEvents = {
  join_conversation: {
    summary:
      'Say that you have the conversation open: you hear who types in it. Messages come without it. An admin who is not in it listens in, and is audited',
    input: ConversationRef,
    output: Conversation,
  },
  leave_conversation: { summary: 'You have it open no longer', input: ConversationRef, output: Nothing },
  typing_start: {
    summary: 'You type; it ends by itself after 6 s. Join the conversation first',
    input: ConversationRef,
    output: Typing,
  },
  get_presence: {
    summary:
      'Whether people whom you are in a conversation with are there; from now on you hear `presence_changed` of them. At most 200 at a time: with `only`, no longer of others',
    input: WatchPresence,
    output: Type.Array(Presence),
  },
  set_presence: {
    summary:
      'Say whether somebody looks at this device, and at which conversation. A socket that has said nothing counts as `active`',
    input: SetPresence,
    output: Nothing,
  },
  refresh_token: {
    summary:
      'Go on with another token of yours, with the same role, before the one that you came with ends; after `token_expiring`, or any time',
    input: Type.Object({
      token: Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH, examples: ['eyJhbGciOiJIUzI1NiJ9…'] }),
    }),
    output: Type.Object({
      expiresAt: Type.Union([Timestamp, Type.Null()], {
        description: 'When this one ends; null: never',
        examples: ['2026-03-02T10:15:00.000Z'],
      }),
    }),
  },
  typing_stop: { summary: 'You stopped typing', input: ConversationRef, output: Typing },
} as const satisfies Record<string, ClientEvent>

/** What a client may send: one object, and an acknowledgement that is always called. */
export const clientEvents = { ...eventsOf(chat), ...gatewayEvents }

/** The events that make a contract's calls, by name. */
type EventsOf<C extends RpcContract> = {
  [K in keyof C['procedures'] as C['procedures'][K] extends { socket: infer E extends string } ? E : never]: {
    summary: string
    input: C['procedures'][K]['input']
    output: AnswerOf<C['procedures'][K]>
  }
}

function eventsOf<C extends RpcContract>({ procedures }: C): EventsOf<C> {
  const events: Record<string, ClientEvent> = {}
  for (const operation of Object.values(procedures)) {
    const { socket, input } = operation
    if (socket === undefined) continue
    events[socket] = { summary: operation.summary, input, output: answerOf(operation, operation.returns) }
  }
  // The loop does what the type says, which it cannot show.
  return events as EventsOf<C>
}

export type ClientEventName = keyof typeof clientEvents

export type Ack<T> = { ok: true; data: T } | { ok: false; error: ErrorBody }

export type ClientToServer = {
  [N in ClientEventName]: (
    input: Static<(typeof clientEvents)[N]['input']>,
    ack: (reply: Ack<Static<(typeof clientEvents)[N]['output']>>) => void,
  ) => void
}
