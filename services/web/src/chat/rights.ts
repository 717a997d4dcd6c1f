import type { Message, Participant, UserPolicy } from '@parley/contracts'
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
    leave: role !== null && (group || (isAdmin && self?.staff === true)),
    remove: (other) =>
      other.userId !== myId && (owner || (moderator && other.role !== 'owner' && other.role !== 'moderator')),
  }
}

/** Whether the rules let somebody pin messages for all. Rules that are not known are left to the server. */
export function pinsIn(
  { kind, participants }: Pick<HeldConversation, 'kind' | 'participants'>,
  myId: string | undefined,
  pinning: UserPolicy['messages']['pinning'] | undefined,
): boolean {
  if (pinning !== 'moderators') return pinning !== 'nobody'
  const self = participants.find(({ userId }) => userId === myId)
  return self?.staff === true || (kind === 'group' && (self?.role === 'owner' || self?.role === 'moderator'))
}

/** What can be done with a message, in the order of its menu. */
export type MessageAction = 'reply' | 'forward' | 'edit' | 'pin' | 'unpin' | 'receipts' | 'unread' | 'report' | 'delete'

export function actionsOn(
  message: Pick<Message, 'createdAt' | 'type' | 'pinned'>,
  {
    own,
    write,
    pins,
    rules,
  }: { own: boolean; write: boolean; pins: boolean; rules: UserPolicy['messages'] | undefined },
): MessageAction[] {
  const canEdit = own && write && message.type === 'text' && changesTo(message, rules).includes('edit')
  return [
    ...(write ? (['reply'] as const) : []),
    ...(message.type === 'service_offer' || message.type === 'booking_request' ? [] : (['forward'] as const)),
    ...(canEdit ? (['edit'] as const) : []),
    ...(pins ? ([message.pinned ? 'unpin' : 'pin'] as const) : []),
    ...(own ? (['receipts'] as const) : (['unread', 'report'] as const)),
    'delete',
  ]
}

/** What the tenant's rules let somebody do to a message of their own now. Rules that are not known are left to the server. */
export function changesTo(
  { createdAt }: Pick<Message, 'createdAt'>,
  rules: Pick<UserPolicy['messages'], 'editWindowSeconds' | 'deleteWindowSeconds'> | undefined,
  now = Date.now(),
): ('edit' | 'delete')[] {
  const isOpen = (seconds: number | null | undefined) =>
    seconds === null || seconds === undefined || now < Date.parse(createdAt) + seconds * 1000
  return [
    ...(isOpen(rules?.editWindowSeconds) ? (['edit'] as const) : []),
    ...(isOpen(rules?.deleteWindowSeconds) ? (['delete'] as const) : []),
  ]
}
