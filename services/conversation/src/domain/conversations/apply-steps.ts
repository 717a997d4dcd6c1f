import {
  type Change,
  type LiveAudience,
  MAX_INLINE_AUDIENCE,
  type Notice,
  type Participant,
  SYSTEM_USER_ID,
} from '@parley/contracts'
import type { ConversationDetails, ConversationRecord, ConversationState } from '../ports/conversations.ts'
import type { Via } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'

/** Somebody who is to be let in. */
export interface Newcomer {
  userId: string
  role: string
  via: Via
  /** Everything that was said, or what is said from now on. Whoever comes back sees only the latter, unless it is an admin. */
  history: 'all' | 'from_joining'
}

/** A message of the system's, which everybody reads and nobody has to. */
export interface SystemMessage {
  id: string
  content: string
  payload: Notice
  /** It brings the conversation to the top of lists, as what people say does. */
  isActivity?: boolean
}

/** What it is about has another title or status. */
export interface ContextChange {
  /** Who changed that, where the host has said it. */
  by: string | null
}

/** One change that everybody in a conversation hears of: a step of its position, and an event of its own. */
export type Step =
  /** Lets somebody in, or in again. */
  | { kind: 'join'; newcomer: Newcomer }
  /** From the commit on, nothing of the conversation is theirs to see. */
  | { kind: 'leave'; userId: string }
  | { kind: 'role'; userId: string; role: string }
  | { kind: 'say'; message: SystemMessage }
  | { kind: 'state'; state: ConversationState; ofContext?: ContextChange | undefined }
  | { kind: 'details'; details: ConversationDetails }
  /** What is told of it is other than before. */
  | { kind: 'touch'; ofContext?: ContextChange | undefined }

export interface Plan {
  /** Locked; afterwards it says where the conversation has come to. */
  conversation: ConversationRecord
  /** In their order; of one person at most one. */
  steps: readonly Step[]
}

/** A step, and where the conversation stands after it. */
interface Placed {
  conversationId: string
  step: Step
  seq: number
  rev: number
  participantsVersion: number
  participantCount: number
}

type PersonStep = Extract<Step, { kind: 'join' | 'leave' | 'role' }>
const personOf = (step: PersonStep) => (step.kind === 'join' ? step.newcomer.userId : step.userId)
const isOfPerson = (placed: Placed): placed is Placed & { step: PersonStep } =>
  placed.step.kind === 'join' || placed.step.kind === 'leave' || placed.step.kind === 'role'

/** What `changedRev` stands at: those that change what `conversation_updated` tells. */
const isOfConversation = ({ step: { kind } }: Placed) =>
  kind === 'state' || kind === 'details' || kind === 'touch' || kind === 'role'

/**
 * Takes the steps of conversations in one transaction, in as many statements for a thousand steps as for one. Returns, plan by
 * plan, the participants that the steps were about.
 */
export async function applySteps(uow: UnitOfWork, plans: readonly Plan[]): Promise<Participant[][]> {
  const placed = plans.flatMap(place)
  if (placed.length === 0) return plans.map(() => [])
  const audiences = await audiencesOf(uow, placed)
  await write(uow, plans, placed)
  const profiles = await profilesOf(uow, placed)
  const messages = await say(uow, placed)
  const toldOf = placed.filter(({ step: { kind } }) => kind !== 'say' && kind !== 'leave')
  const shared = await uow.conversations.loadShared([...new Set(toldOf.map(({ conversationId }) => conversationId))])

  const changeOf = (at: Placed): Change => {
    const { step, conversationId, seq, rev } = at
    // as it is at the end, the people and how many they are, under the position of this step
    const conversation = () => ({ ...shared.get(conversationId)!, lastSeq: seq, rev })
    const participant = () => profiles.get(at)!
    switch (step.kind) {
      case 'join':
        return { type: 'participant.joined', participant: participant(), conversation: conversation() }
      case 'leave':
        return { type: 'participant.left', participant: participant() }
      case 'role':
        return { type: 'participant.updated', participant: participant(), conversation: conversation() }
      case 'say':
        return { type: 'message.created', message: messages.get(at)! }
      default:
        return { type: 'conversation.updated', conversation: conversation() }
    }
  }
  await uow.recordAll(
    placed.map((at) => {
      const { conversationId, seq, rev } = at
      return { change: changeOf(at), place: { conversationId, head: { seq, rev }, members: audiences.get(at)! } }
    }),
  )
  return plans.map(({ conversation: { id } }) =>
    placed.flatMap((at) => (at.conversationId === id && isOfPerson(at) ? [profiles.get(at)!] : [])),
  )
}

/** Gives each step its place, and brings the conversation's record to the last one. */
function place({ conversation, steps }: Plan): Placed[] {
  return steps.map((step) => {
    if (step.kind === 'say') conversation.seq++
    else conversation.rev++
    if (step.kind === 'join' || step.kind === 'leave') {
      conversation.participantsVersion++
      conversation.participantCount += step.kind === 'join' ? 1 : -1
    }
    const { id: conversationId, seq, rev, participantsVersion, participantCount } = conversation
    return { conversationId, step, seq, rev, participantsVersion, participantCount }
  })
}

/** Who hears of each step: the people of small conversations by name, as they are after it. */
async function audiencesOf(uow: UnitOfWork, placed: readonly Placed[]): Promise<Map<Placed, LiveAudience>> {
  const small = placed.filter(({ participantCount }) => participantCount <= MAX_INLINE_AUDIENCE)
  const present = await uow.participants.present([...new Set(small.map(({ conversationId }) => conversationId))])
  const inside = new Map([...present].map(([id, userIds]) => [id, new Set(userIds)]))
  return new Map(
    placed.map((at) => {
      const { conversationId, step, participantsVersion, participantCount } = at
      const people = inside.get(conversationId)
      if (step.kind === 'join') people?.add(step.newcomer.userId)
      if (step.kind === 'leave') people?.delete(step.userId)
      const isNamed = people && participantCount <= MAX_INLINE_AUDIENCE
      return [at, isNamed ? { version: null, userIds: [...people] } : { version: participantsVersion, userIds: [] }]
    }),
  )
}

async function write(uow: UnitOfWork, plans: readonly Plan[], placed: readonly Placed[]): Promise<void> {
  const changed = new Map(placed.filter(isOfConversation).map(({ conversationId, rev }) => [conversationId, rev]))
  const restated = new Map(
    placed.flatMap(({ conversationId, rev, step }) => {
      const change = 'ofContext' in step ? step.ofContext : undefined
      return change ? [[conversationId, { contextRev: rev, contextBy: change.by }] as const] : []
    }),
  )
  await uow.conversations.move(
    plans
      .filter(({ steps }) => steps.length > 0)
      .map(({ conversation }) => ({
        ...conversation,
        changedRev: changed.get(conversation.id) ?? null,
        ...(restated.get(conversation.id) ?? { contextRev: null, contextBy: null }),
      })),
  )
  const states = new Map<string, { state: ConversationState; ids: string[] }>()
  for (const { step, conversationId } of placed) {
    if (step.kind === 'details') await uow.conversations.setDetails(conversationId, step.details)
    if (step.kind !== 'state') continue
    const key = JSON.stringify(step.state)
    const group = states.get(key) ?? { state: step.state, ids: [] }
    states.set(key, group)
    group.ids.push(conversationId)
  }
  for (const { state, ids } of states.values()) await uow.conversations.setState(ids, state)

  const people = placed.filter(isOfPerson)
  const coming = people.filter(({ step }) => step.kind === 'join')
  const before = await uow.participants.findAll(
    coming.map(({ conversationId, step }) => ({ conversationId, userId: personOf(step) })),
  )
  const hasBeen = new Set(before.map(({ conversationId, userId }) => `${conversationId} ${userId}`))
  await uow.participants.leave(
    people.flatMap(({ conversationId, rev, step }) =>
      step.kind === 'leave' ? [{ conversationId, rev, userId: step.userId }] : [],
    ),
  )
  await uow.participants.setRole(
    people.flatMap(({ conversationId, rev, step }) =>
      step.kind === 'role' ? [{ conversationId, rev, userId: step.userId, role: step.role }] : [],
    ),
  )
  await uow.participants.join(
    people.flatMap(({ conversationId, rev, seq, step }) => {
      if (step.kind !== 'join') return []
      const { history, ...newcomer } = step.newcomer
      const seesAll = newcomer.via === 'admin' || !hasBeen.has(`${conversationId} ${newcomer.userId}`)
      const visibleFromSeq = history === 'all' && seesAll ? 0 : seq
      return [{ ...newcomer, conversationId, visibleFromSeq, lastReadSeq: seq, rev }]
    }),
  )
}

async function profilesOf(uow: UnitOfWork, placed: readonly Placed[]): Promise<Map<Placed, Participant>> {
  const people = placed.filter(isOfPerson)
  const profiles = await uow.participants.profiles(
    people.map(({ conversationId, step }) => ({ conversationId, userId: personOf(step) })),
  )
  return new Map(people.map((at, i) => [at, profiles[i]!]))
}

async function say(uow: UnitOfWork, placed: readonly Placed[]) {
  const said = placed.flatMap((at) => (at.step.kind === 'say' ? [{ at, message: at.step.message }] : []))
  const messages = await uow.messages.write(
    said.map(({ at: { conversationId, seq }, message: { id, content, payload } }) => ({
      id,
      conversationId,
      seq,
      senderId: SYSTEM_USER_ID,
      type: 'system',
      content,
      payload,
      clientId: id,
      bodyHash: '',
      createdAt: null,
      imported: false,
    })),
  )
  const last = new Map(
    said.map(({ at: { conversationId: id, seq }, message: { isActivity } }, i) => [
      id,
      { id, seq, at: isActivity ? messages[i]!.createdAt : null },
    ]),
  )
  await uow.conversations.advance([...last.values()])
  return new Map(said.map(({ at }, i) => [at, messages[i]!]))
}
