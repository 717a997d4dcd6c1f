import type { Reached } from '../ports/preferences.ts'
import type { Store } from '../ports/store.ts'
import type { Target, TargetsOf, Way } from '../ports/targets.ts'

export interface TargetDeps {
  store: Pick<Store, 'transaction'>
  /** The push channels that hand over here. */
  pushChannels: ReadonlySet<string>
  sendsEmail: boolean
}

/** Where people are told: on their devices, and at the addresses that the host has said, as far as mail servers take any for them. */
export function createTargetsOf({ store, pushChannels, sendsEmail }: TargetDeps): TargetsOf {
  const ways: Record<Way, TargetsOf | undefined> = {
    push: pushChannels.size > 0 ? (tenantId, _, users) => devicesOf(tenantId, users) : undefined,
    email: sendsEmail ? (tenantId, _, users) => addressesOf(tenantId, users) : undefined,
  }
  const devicesOf = async (tenantId: string, users: readonly Reached[]) => {
    const found = new Map<string, Target[]>()
    const ids = users.map(({ userId }) => userId)
    for (const { userId, id: target, channel } of await store.transaction(tenantId, ({ devices }) =>
      devices.ofUsers(ids),
    ))
      if (pushChannels.has(channel)) found.set(userId, [...(found.get(userId) ?? []), { channel, target }])
    return found
  }
  const addressesOf = async (tenantId: string, users: readonly Reached[]) => {
    const known = users.flatMap(({ userId, email }) => (email === null ? [] : { userId, email }))
    const unreachable = await store.transaction(tenantId, ({ addresses }) =>
      addresses.unreachableAmong(known.map(({ email }) => email)),
    )
    return new Map(
      known
        .filter(({ email }) => !unreachable.has(email))
        .map(({ userId, email }): [string, Target[]] => [userId, [{ channel: 'email', target: email }]]),
    )
  }
  return async (tenantId, way, users) => (users.length > 0 && (await ways[way]?.(tenantId, way, users))) || new Map()
}
