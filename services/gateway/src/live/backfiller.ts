import { type CatchUp, type Change, type Edge, MAX_NAMED_READERS, positionOf, tellingsOf } from '@parley/contracts'
import { type Emit, userRoom } from '../io.ts'
import type { Audiences } from './audiences.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { Line } from './line.ts'
import type { LineMembers } from './line-members.ts'
import type { LineRegistry } from './line-registry.ts'

export interface BackfillerOptions {
  edge: Edge
  limit: ConcurrencyLimit
  audiences: Audiences
  registry: LineRegistry
  members: LineMembers
  emit: Emit
  /** Who is in a conversation, or what it is, may have changed. */
  onChanged: (conversationId: string) => void
}

/** Fills gaps from the database: what a line missed is fetched in its present state, for those who may hear it now. */
export class Backfiller {
  readonly #options: BackfillerOptions

  constructor(options: BackfillerOptions) {
    this.#options = options
  }

  /** What has changed since the line's head. */
  fetch({ tenantId, conversationId, head }: Line): Promise<CatchUp> {
    const { edge, limit } = this.#options
    return limit(() => edge.catchUp(gatewayActor(tenantId), { conversationId, ...head }))
  }

  /** Delivers what was fetched, unless the line has come as far by itself, and moves the line to its head. */
  deliver(line: Line, missed: CatchUp): void {
    const { audiences, registry, members, onChanged } = this.#options
    const { head, audience } = missed
    const { tenantId, conversationId } = line
    if (positionOf(head) <= line.position) return
    audiences.remember(conversationId, audience)
    onChanged(conversationId)
    line.moveTo(head)
    const present = audiences.fromSnapshot(tenantId, audience, 0)
    const joined = joinedRooms(tenantId, missed)
    const newcomers = members.newcomersAmong(line, present, positionOf(head))
    members.addAndResync(
      line,
      newcomers.filter((room) => !joined.includes(room)),
    )
    // whoever joined is told by an invitation
    for (const room of newcomers) registry.addListener(line, room)
    this.#deliverMembers(line, missed)
    this.#deliverMessages(line, missed)
    members.keepOnly(line, present)
  }

  /** Who joined, left, received and read, and then how the conversation looks now. */
  #deliverMembers(line: Line, missed: CatchUp): void {
    const { emit, members } = this.#options
    const { conversation } = missed
    const { tenantId, conversationId } = line
    const everybody = this.#hearing(line, missed, 0)
    // Whoever joined is told what it is before anything that happens in it.
    const invited = joinedRooms(tenantId, missed).filter((room) => everybody.includes(room))
    emit(invited, 'new_conversation', conversation)
    for (const one of missed.participants) {
      const { participant, joined, left } = one
      const { userId } = participant
      const room = userRoom(tenantId, userId)
      if (left) {
        this.#tell(line, missed, { type: 'participant.left', participant })
        members.leave(line, room)
      } else if (joined) {
        const others = everybody.filter((other) => other !== room)
        emit(others, 'participant_joined', { conversationId, participant })
      } else if (missed.audience.members.length <= MAX_NAMED_READERS) this.#tellReceipts(line, missed, one)
      // Of more people receipts go out as counts: what was missed is in the next count.
    }
    const cameOrWent = missed.participants.some(({ joined, left }) => joined || left)
    if (cameOrWent || missed.conversationChanged)
      this.#tell(line, missed, { type: 'conversation.updated', conversation })
  }

  /** How far somebody is, to those who tell others the same of themselves, and to their own devices. */
  #tellReceipts({ tenantId, conversationId }: Line, missed: CatchUp, one: CatchUp['participants'][number]): void {
    const { participant, receiptsHidden = false } = one
    const { userId } = participant
    // A service of the former release knows of nothing that is hidden, and says it of the participant.
    const { lastReadSeq = participant.lastReadSeq, lastDeliveredSeq = participant.lastDeliveredSeq } = one
    const hearing = missed.audience.members.flatMap((member) =>
      member.userId === userId || !(receiptsHidden || member.receiptsHidden) ? userRoom(tenantId, member.userId) : [],
    )
    const at = missed.conversation.updatedAt
    const tell = (change: Change) => {
      for (const { event, data } of tellingsOf(conversationId, change)) this.#options.emit(hearing, event, data)
    }
    if (lastReadSeq > 0) tell({ type: 'messages.read', userId, seq: lastReadSeq, at })
    if (lastDeliveredSeq > lastReadSeq) tell({ type: 'messages.delivered', userId, seq: lastDeliveredSeq, at })
  }

  /** The messages, and then what changed about older ones. */
  #deliverMessages(line: Line, missed: CatchUp): void {
    const { conversationId } = line
    if (missed.tooFar) this.#options.emit(this.#hearing(line, missed, 0), 'resync_required', { conversationId })
    for (const message of missed.messages) this.#tell(line, missed, { type: 'message.created', message })
    for (const message of missed.changed) this.#tell(line, missed, { type: 'message.updated', message })
  }

  /** Says of a change what was said when it was committed, to those who may hear it now. */
  #tell(line: Line, missed: CatchUp, change: Change): void {
    for (const { event, data, hearers, aboutSeq } of tellingsOf(line.conversationId, change)) {
      const besides = hearers.userIds.map((userId) => userRoom(line.tenantId, userId))
      const members = hearers.members ? this.#hearing(line, missed, aboutSeq) : []
      this.#options.emit([...members, ...besides], event, data)
    }
  }

  /** Rooms of those who may see message `aboutSeq` now; 0: of all who are in the conversation. */
  #hearing(line: Line, { audience }: CatchUp, aboutSeq: number): readonly string[] {
    return line.withObservers(this.#options.audiences.fromSnapshot(line.tenantId, audience, aboutSeq))
  }
}

function joinedRooms(tenantId: string, { participants }: CatchUp): string[] {
  return participants.flatMap(({ participant, joined }) => (joined ? [userRoom(tenantId, participant.userId)] : []))
}
