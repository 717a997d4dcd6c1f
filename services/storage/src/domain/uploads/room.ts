import { type Actor, ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { AttachmentRules } from './may-upload.ts'

export const noRoom = () =>
  new ParleyError('quota_exceeded', 'There is no room for this file: delete others, or ask whoever runs this')

/**
 * Rejects with `quota_exceeded` where so many bytes more are above a quota. What is charged in the end decides: this keeps bytes from being
 * taken in and put that would be refused then.
 */
export async function requireRoom(
  { store }: Deps,
  { tenantId, userId }: Actor,
  { userQuotaBytes, tenantQuotaBytes }: AttachmentRules,
  bytes: number,
): Promise<void> {
  if (userQuotaBytes === null && tenantQuotaBytes === null) return
  const [user, tenant] = await store.snapshot(tenantId, async ({ usage }) => [
    await usage.of(userId),
    await usage.of(null),
  ])
  const isAbove = (used: number, quota: number | null) => quota !== null && used + bytes > quota
  if (isAbove(user!.bytes, userQuotaBytes) || isAbove(tenant!.bytes, tenantQuotaBytes)) throw noRoom()
}
