import { type Actor, type Revocation, whyRefused } from '@parley/contracts'
import type { KnownDevice } from '../ports/devices.ts'
import type { Store } from '../ports/store.ts'

/** What is kept of the token that a device is registered with. */
export const tokenOfDevice = ({ sessionId, issuedAt }: Pick<Actor, 'sessionId' | 'issuedAt'>) => ({
  sessionId: sessionId ?? null,
  issuedAt: issuedAt === undefined ? null : new Date(issuedAt * 1000),
})

/**
 * Whether the token that a device was registered with is refused by now. Of one that does not say when it was issued it is known that it was
 * before the device was heard of last.
 */
export function isSignedOut(
  { sessionId, issuedAt, updatedAt }: Pick<KnownDevice, 'sessionId' | 'issuedAt' | 'updatedAt'>,
  revocation: Revocation | null,
  now: Date,
): boolean {
  if (!revocation) return false
  const token = { sessionId: sessionId ?? '', issuedAt: (issuedAt ?? updatedAt).getTime() / 1000 }
  return whyRefused(token, revocation, now.getTime()) !== null
}

/** Lets go of the user's devices whose tokens were taken back. Whoever misses it finds out when the next push is to leave. */
export async function signOutDevices(
  store: Pick<Store, 'transaction'>,
  { tenantId, userId, revocation }: { tenantId: string; userId: string; revocation: Revocation },
  now: Date,
): Promise<void> {
  await store.transaction(tenantId, async ({ devices }) => {
    const ids = (await devices.ofUser(userId)).map(({ id }) => ({ userId, id }))
    for (const device of await devices.find(ids))
      if (isSignedOut(device, revocation, now)) await devices.signOut(device)
  })
}
