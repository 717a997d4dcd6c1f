import {
  type ChosenTime,
  type Message,
  type MessageTransition,
  type Move,
  type Notice,
  ParleyError,
  type Party,
  type StateMachine,
} from '@parley/contracts'
import { changesOf } from '../conversations/conversation-changes.ts'
import { namedIn, systemMessage } from '../conversations/notice.ts'
import type { Deps } from '../deps.ts'
import { recordMessage } from '../messages/lock-message.ts'
import type { ConversationRecord } from '../ports/conversations.ts'
import type { UnitOfWork } from '../ports.ts'

/** The payload of a message that has states, as far as its states go. The server alone writes these. */
export interface StatefulPayload {
  status: string
  expiresAt?: string
  requestedFor?: ChosenTime[]
}

export const stateOf = ({ payload }: Message): StatefulPayload => payload as unknown as StatefulPayload

/** A message whose conversation is locked. */
export interface Movable {
  conversation: ConversationRecord
  message: Message
}

export interface MessageMove {
  move: Move
  to: string
  party: Party
  /** Null: by time. */
  by: string | null
  reason?: string | undefined
  chosen?: ChosenTime | null
  supersededBy?: string
}

/** Those whom everybody in the conversation knows: of others only their party is shown there. */
const isShown = (party: Party) => party === 'maker' || party === 'recipient'

/**
 * Brings a message into another state: the conversation's next revision, an event for the host, and a line that says so. The caller
 * has made sure, under the conversation's lock, that it is in a state from which the move goes.
 */
export async function moveMessage(
  { newId }: Pick<Deps, 'newId'>,
  uow: UnitOfWork,
  { conversation, message }: Movable,
  { move, to, party, by, reason, chosen = null, supersededBy }: MessageMove,
): Promise<Message> {
  const state = stateOf(message)
  const shownBy = isShown(party) ? by : null
  const said: Omit<MessageTransition, 'at'> = {
    action: move,
    from: state.status,
    to,
    by,
    party,
    reason: reason ?? null,
    chosen,
    supersededBy: supersededBy ?? null,
  }
  const moved = await recordMessage(uow, conversation, async (rev) => {
    const at = await uow.transitions.write(message.id, rev, said)
    const payload = {
      ...state,
      status: to,
      decision: { action: move, by: shownBy, party, at, reason: said.reason },
      ...(chosen && { chosen }),
      ...(supersededBy !== undefined && { supersededBy }),
    }
    return {
      type: 'message.transitioned',
      message: await uow.messages.restate({ id: message.id, content: message.content, payload }, rev),
      transition: { ...said, at },
      context: conversation.context,
    }
  })
  conversation.rev = moved.rev
  await uow.jobs.cancel('expire_message', message.id)
  const notice: Notice = {
    event: 'message_transitioned',
    actorId: shownBy,
    party,
    action: move,
    messageId: message.id,
    type: message.type,
  }
  const profile = await uow.users.profiles(namedIn(notice))
  const line = systemMessage(newId(), notice, (userId) => profile(userId).name ?? userId)
  await changesOf(uow, conversation).say({ ...line, isActivity: true })
  return moved
}

/** Whether nothing has been decided in time, though nobody has written that down yet. */
export async function isOverdue(uow: UnitOfWork, { initial }: StateMachine, message: Message): Promise<boolean> {
  const { status, expiresAt } = stateOf(message)
  return status === initial && expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(await uow.now())
}

/** Says what it is by now. */
export const alreadyDecided = (message: Message) =>
  new ParleyError('already_decided', `This is ${stateOf(message).status} already`)

/** What nobody has decided in time. */
export const expiry: MessageMove = { move: 'expire', to: 'expired', party: 'clock', by: null }
