import type { HeldConversation } from '../chat/chat-state.ts'
import { readersOf } from '../chat/read-state.ts'
import { isolated, personName } from './names.ts'

/** More names than that are none that anybody reads. */
const MAX_NAMED = 8

/** Who has read an own message, and who has received it, by name; null where that is nobody, or more than a line has room for. */
export function receiptNames(
  { participants, participantCount }: Pick<HeldConversation, 'participants' | 'participantCount'>,
  seq: number,
  myId: string | undefined,
): string | null {
  const others = participants.filter(({ userId }) => userId !== myId)
  if (others.length > MAX_NAMED || others.length !== participantCount - 1) return null
  const read = others.filter(({ lastReadSeq }) => lastReadSeq >= seq)
  const received = others.filter((one) => !read.includes(one) && one.lastDeliveredSeq >= seq)
  const names = (people: typeof others) => people.map((person) => isolated(personName(person))).join(', ')
  const parts = [
    ...(read.length > 0 ? [`Read by ${names(read)}`] : []),
    ...(received.length > 0 ? [`Received by ${names(received)}`] : []),
  ]
  return parts.length > 0 ? parts.join('\n') : null
}

/** How many of several others have read an own message; of one other the ticks say it. */
export function readersText(conversation: HeldConversation, seq: number, myId: string | undefined): string | undefined {
  const { count, others } = readersOf(conversation, seq, myId)
  return others > 1 ? `Read by ${count} of ${others}` : undefined
}
