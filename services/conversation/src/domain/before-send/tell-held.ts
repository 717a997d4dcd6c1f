import type { Actor, HeldMessage } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/** Says to all sockets of its sender how it stands. */
export function tellHeld({ tell }: Pick<Deps, 'tell'>, tenantId: string, held: HeldMessage): void {
  tell({ kind: 'held_message_changed', tenantId, userId: held.senderId, held })
}

/** Whoever sent it, who is not there. */
export function senderOf(tenantId: string, { senderId: userId }: Pick<HeldMessage, 'senderId'>): Actor {
  return { tenantId, userId, role: 'user', hostRole: null, name: null, avatarUrl: null }
}
