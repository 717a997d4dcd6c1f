import { type CatchUp, MAX_NAMED_READERS, type ServerEvent, type ServerEventName } from '@parley/contracts'
import { userRoom } from '../io.ts'

export interface Telling {
  tenantId: string
  /** Rooms of the local users who may see message `aboutSeq` now; 0: of all who are in the conversation. */
  hearing: (aboutSeq: number) => readonly string[]
  say: <N extends ServerEventName>(rooms: readonly string[], event: N, data: ServerEvent<N>) => void
  leave: (room: string) => void
}

/**
 * Tells what was missed in the state that it has now: first who came and went, then the messages, then what changed about
 * older ones.
 */
export function tellMissed(missed: CatchUp, { tenantId, hearing, say, leave }: Telling): void {
  const { conversation, head } = missed
  const { conversationId } = head
  const everybody = hearing(0)
  const came = missed.participants.filter(({ joined }) => joined)
  // somebody who came is told what it is before anything that happens in it
  const invited = came.map(({ participant }) => userRoom(tenantId, participant.userId))
  say(
    invited.filter((room) => everybody.includes(room)),
    'new_conversation',
    conversation,
  )
  let cameOrWent = false
  for (const { participant, joined, left } of missed.participants) {
    const { userId, lastReadSeq: seq } = participant
    const room = userRoom(tenantId, userId)
    cameOrWent ||= left || joined
    if (left) {
      say([...everybody, room], 'participant_left', { conversationId, userId })
      leave(room)
    } else if (joined)
      say(
        everybody.filter((other) => other !== room),
        'participant_joined',
        { conversationId, participant },
      )
    // those of more people go out as counts, and what was missed is left to the next count
    else if (missed.audience.members.length <= MAX_NAMED_READERS)
      say(everybody, 'messages_read', { conversationId, userId, seq, at: conversation.updatedAt })
  }
  if (cameOrWent || missed.conversationChanged) say(everybody, 'conversation_updated', conversation)
  if (missed.tooFar) say(everybody, 'resync_required', { conversationId })
  for (const message of missed.messages) say(hearing(message.seq), 'new_message', message)
  for (const message of missed.changed) say(hearing(message.seq), 'message_updated', message)
}
