import type { ServerEvent } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import { withoutSeen } from './own-state.ts'

/** Somebody has come into a conversation. */
export function withJoined(state: ChatState, event: ServerEvent<'participant_joined'>): ChatState {
  const { conversationId: id, participant } = event
  const held = state.conversations[id]
  if (!held || held.participants.some(({ userId }) => userId === participant.userId)) return state
  const participants = [...held.participants, participant]
  const conversation = { ...held, participants, participantCount: held.participantCount + 1 }
  return { ...state, turnover: turnedOver(state, id), conversations: { ...state.conversations, [id]: conversation } }
}

/** Somebody has left it, or was removed; maybe this person. */
export function withLeft(state: ChatState, { conversationId: id, userId }: ServerEvent<'participant_left'>): ChatState {
  if (userId === state.me?.userId) return withoutConversation(state, id)
  const held = state.conversations[id]
  const participants = held?.participants.filter((participant) => participant.userId !== userId)
  if (!held || !participants || participants.length === held.participants.length) return state
  const conversation = { ...held, participants, participantCount: held.participantCount - 1 }
  return { ...state, turnover: turnedOver(state, id), conversations: { ...state.conversations, [id]: conversation } }
}

/** This person is not in it, or no longer. */
export function withoutConversation(state: ChatState, id: string): ChatState {
  const { [id]: known, ...conversations } = state.conversations
  const { [id]: _timeline, ...timelines } = state.timelines
  const { [id]: _outgoing, ...outgoing } = state.outgoing
  // What was never here stays open, to say that it cannot be found; what was taken away closes.
  const openId = known && state.openId === id ? null : state.openId
  return { ...withoutSeen(state, id), conversations, timelines, outgoing, openId, turnover: turnedOver(state, id) }
}

/** Whether somebody has come or gone since something was asked for: `asked` is what `turnover` was then. */
export function hasTurnedOver({ turnover }: ChatState, id: string, asked: ChatState['turnover'] = turnover): boolean {
  return turnover[id] !== asked[id]
}

const turnedOver = ({ turnover }: ChatState, id: string) => ({ ...turnover, [id]: (turnover[id] ?? 0) + 1 })
