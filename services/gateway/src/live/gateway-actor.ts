import type { Actor } from '@parley/contracts'

/** In whose name a gateway asks on its own account. */
export function gatewayActor(tenantId: string): Actor {
  return { tenantId, userId: 'gateway', role: 'service', hostRole: null, name: null, avatarUrl: null }
}
