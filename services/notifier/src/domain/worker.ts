import type { Actor } from '@parley/contracts'

/** The worker itself, as it asks the conversation service. */
export const workerOf = (tenantId: string): Actor => ({
  tenantId,
  userId: 'notifier',
  role: 'service',
  hostRole: null,
  name: null,
  avatarUrl: null,
})
