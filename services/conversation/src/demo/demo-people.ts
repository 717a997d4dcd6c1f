import type { Actor } from '@parley/contracts'

/** Who lives in the demo. Roles are words of the host's, as a token would bring them. */
export const demoPeople = [
  { userId: 'ana', name: 'Ana Ferreira', role: 'customer' },
  { userId: 'ben', name: 'Ben Okafor', role: 'provider' },
  { userId: 'chloe', name: 'Chloé Martin', role: 'provider' },
  { userId: 'dev', name: 'Dev Patel', role: 'customer' },
  { userId: 'sam', name: 'Sam from support', role: 'staff' },
  { userId: 'mia', name: 'Mia, trust & safety', role: 'admin' },
] as const

export const DEMO_TENANT = 'default'

export function demoActor(userId: (typeof demoPeople)[number]['userId']): Actor {
  const { name, role } = demoPeople.find((person) => person.userId === userId)!
  return { tenantId: DEMO_TENANT, userId, role: 'user', hostRole: role, name, avatarUrl: null }
}

/** The backend of the demo's host. */
export const demoHost: Actor = {
  tenantId: DEMO_TENANT,
  userId: 'demo-host',
  role: 'service',
  hostRole: 'service',
  name: null,
  avatarUrl: null,
}
