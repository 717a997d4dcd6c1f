import type { Participant } from '@parley/contracts'
import type { HeldConversation } from './chat-state.ts'

/** What the page offers to somebody. The server decides; this only hides what it would refuse. */
export interface Rights {
  role: string | null
  write: boolean
  /** Title and picture, and letting people in. */
  manage: boolean
  setRoles: boolean
  leave: boolean
  remove(other: Pick<Participant, 'userId' | 'role'>): boolean
}

/** `isAdmin`: who came into it to moderate. */
export function rightsIn(conversation: HeldConversation, myId: string | undefined, isAdmin = false): Rights {
  const self = conversation.participants.find(({ userId }) => userId === myId)
  const role = self?.role ?? null
  const group = conversation.kind === 'group'
  const active = conversation.status === 'active'
  const owner = group && role === 'owner'
  const moderator = group && role === 'moderator'
  return {
    role,
    write: active && role !== 'observer',
    manage: active && (owner || moderator),
    setRoles: active && owner,
    leave: role !== null && (group || (isAdmin && (role === 'moderator' || role === 'observer'))),
    remove: (other) =>
      other.userId !== myId && (owner || (moderator && other.role !== 'owner' && other.role !== 'moderator')),
  }
}
