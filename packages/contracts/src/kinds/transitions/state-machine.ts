/**
 * In what right a message is moved from one state to another: whose message it is, the other side, an admin of the tenant, the
 * host's backend, or nobody, by the database's clock.
 */
export const parties = ['maker', 'recipient', 'admin', 'host', 'clock'] as const
export type Party = (typeof parties)[number]

/** What people do to such messages, whatever their kind. */
export const messageActions = ['accept', 'decline', 'withdraw', 'counter', 'confirm', 'cancel'] as const
export type MessageAction = (typeof messageActions)[number]

/** What becomes of them besides: by their time, or because the host says so. */
export const otherMoves = ['expire', 'complete', 'refuse'] as const
export type Move = MessageAction | (typeof otherMoves)[number]

export interface Transition {
  from: readonly string[]
  to: string
  by: readonly Party[]
}

/** The states of a kind of message: each is sent in the first, and each move happens to a message at most once. */
export interface StateMachine {
  initial: 'pending'
  /** What its maker does who deletes a message that is not decided. */
  takeBack: 'withdraw' | 'cancel'
  moves: Readonly<Partial<Record<Move, Transition>>>
}

/** Why a message is not moved: its kind knows no such move, the move is not theirs, or another one came first. */
export type MoveRefusal = 'no_such_move' | 'not_theirs' | 'already_decided'

/** What the move makes of a message in that state, or why it does not. Who may never do it is told so whatever the state. */
export function tryMove(
  { moves }: StateMachine,
  move: Move,
  { status, party }: { status: string; party: Party },
): { to: string } | { refusal: MoveRefusal } {
  const transition = moves[move]
  if (!transition) return { refusal: 'no_such_move' }
  if (!transition.by.includes(party)) return { refusal: 'not_theirs' }
  return transition.from.includes(status) ? { to: transition.to } : { refusal: 'already_decided' }
}

/** What a party can do to a message in that state: the buttons that a page shows. */
export function openActions({ moves }: StateMachine, status: string, party: Party): MessageAction[] {
  return messageActions.filter((action) => {
    const transition = moves[action]
    return transition?.by.includes(party) && transition.from.includes(status)
  })
}

/** The move, nobody's but the host's, that brings a message into that state; undefined when there is none. */
export function hostMoveTo({ moves }: StateMachine, status: string): Move | undefined {
  const found = Object.entries(moves).find(([, { to, by }]) => to === status && by.every((party) => party === 'host'))
  // the names of the moves are what the machine's type says
  return found?.[0] as Move | undefined
}

/** Whether both sides count on it from there on, so that nobody takes it away from the other. */
export function isAgreed({ moves }: StateMachine, status: string): boolean {
  return status === moves.complete?.to || (moves.complete?.from.includes(status) ?? false)
}
