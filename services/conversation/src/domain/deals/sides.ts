import type { ConversationKind } from '@parley/contracts'
import type { ParticipantRecord } from '../ports/participants.ts'

/** Who takes part in deals: not who only reads, and not who came to moderate. */
const takesPart = ({ active, role, via }: ParticipantRecord) => active && role !== 'observer' && via !== 'admin'

/**
 * Whether this person is on the other side of what the maker offered or asked for: in a direct conversation and in a group
 * everybody else, the first of whom decides. About a context there are sides, by the members' roles: whoever has the maker's
 * role decides nothing of theirs, as long as somebody there has another one. `people` are all who are in or were.
 */
export function isOtherSide(
  kind: ConversationKind,
  people: readonly ParticipantRecord[],
  { makerId, userId }: { makerId: string; userId: string },
): boolean {
  const person = people.find((one) => one.userId === userId)
  if (!person || userId === makerId || !takesPart(person)) return false
  const maker = people.find((one) => one.userId === makerId)
  if (kind !== 'context' || !maker || person.role !== maker.role) return true
  return !people.some((one) => takesPart(one) && one.role !== maker.role)
}
