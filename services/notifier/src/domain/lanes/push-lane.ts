import { isSignedOut } from '../devices/sign-out-devices.ts'
import type { Channel } from '../ports/channel.ts'
import type { DevicePush } from '../ports/device-push.ts'
import type { KnownDevice } from '../ports/devices.ts'
import type { Asked, Lane, Prepared, Unsent } from '../ports/lane.ts'
import type { RulesOf } from '../ports/preferences.ts'
import type { UnreadOf } from '../ports/standing.ts'
import type { Store } from '../ports/store.ts'
import type { LinkOf, Words } from '../ports/words.ts'
import { effectivePreferences } from '../preferences/effective-preferences.ts'
import { inQuietHours } from '../preferences/may-tell.ts'
import { sentId } from './sent-id.ts'

export interface PushLaneDeps {
  store: Store
  rulesOf: RulesOf
  unreadOf: UnreadOf
  words: Words
  linkOf: LinkOf
  now?: () => Date
}

/** After three days nobody wants to be told any more; what was taken away is gone from the device by itself. Seconds. */
const [TTL_S, WITHDRAW_TTL_S] = [3 * 86_400, 86_400]

const unread: Unsent = { state: 'withdrawn', reason: 'unread again' }
const read: Unsent = { state: 'withdrawn', reason: 'read, or not to be seen any more' }
const unwanted: Unsent = { state: 'withdrawn', reason: 'no pushes are wanted' }
const noDevice: Unsent = { state: 'gone', reason: 'there is no such device' }
const signedOut: Unsent = { state: 'gone', reason: 'the session that the device was registered in was ended' }

/** Pushes to devices by one of the services that bring them. */
export function createPushLane(deps: PushLaneDeps, channel: Channel<DevicePush>): Lane {
  const { store, rulesOf, unreadOf, words, linkOf, now = () => new Date() } = deps
  const nameOf = (userId: string, id: string) => JSON.stringify([userId, id])

  /** Where each goes and what of it may be said; or why it does not. */
  async function targetsOf(tenantId: string, asked: readonly Asked[]) {
    const rules = await rulesOf(tenantId)
    const { found, said } = await store.transaction(tenantId, async ({ devices, preferences }) => ({
      found: await devices.find(asked.map(({ taken: { userId, target: id } }) => ({ userId, id }))),
      said: await preferences.of([...new Set(asked.map(({ taken }) => taken.userId))]),
    }))
    const devices = new Map(found.map((device) => [nameOf(device.userId, device.id), device]))
    const ended = new Set<KnownDevice>()
    const targets = asked.map(({ taken, standing, revocation }) => {
      const device = devices.get(nameOf(taken.userId, taken.target))
      if (device?.channel !== channel.name) return noDevice
      if (isSignedOut(device, revocation, now())) {
        ended.add(device)
        return signedOut
      }
      const preferences = effectivePreferences(said.get(taken.userId) ?? {}, rules, null)
      const { channels, previews } = preferences
      if (taken.withdraws) return standing ? unread : { device, previews }
      if (!standing) return read
      if (!channels.push) return unwanted
      return inQuietHours(preferences, now()) ?? { device, previews }
    })
    if (ended.size > 0)
      await store.transaction(tenantId, async (unit) => {
        for (const device of ended) await unit.devices.signOut(device)
      })
    return targets
  }

  return {
    channel: channel.name,
    async prepare(tenantId, asked) {
      const targets = await targetsOf(tenantId, asked)
      const told = asked.flatMap(({ taken: { kind, withdraws }, standing }, i) => {
        const target = targets[i]!
        if ('state' in target || withdraws || !standing) return []
        const { device, previews } = target
        const url = standing.conversation && linkOf(standing.conversation.id)
        return [{ i, of: { kind, standing, locale: device.locale ?? standing.user.locale, previews, url } }]
      })
      const texts = await words(
        tenantId,
        told.map(({ of }) => of),
      )
      const textOf = new Map(told.map(({ i }, place) => [i, texts[place]!]))
      const readers = [
        ...new Set(asked.flatMap(({ taken, standing }) => (standing || !taken.withdraws ? [] : taken.userId))),
      ]
      const counts = readers.length > 0 ? await unreadOf(tenantId, readers) : []
      const unreadCount = new Map(readers.map((userId, i) => [userId, counts[i] ?? null]))
      return asked.map((one, i): Prepared | Unsent => {
        const target = targets[i]!
        if ('state' in target) return target
        const badge = one.standing ? one.standing.totalUnread : (unreadCount.get(one.taken.userId) ?? null)
        const sent = pushOf(tenantId, one, target.device, textOf.get(i), badge, linkOf)
        return {
          handOver: (context) => channel.handOver(sent, context),
          forget: () => store.transaction(tenantId, ({ devices }) => devices.forget(target.device)),
        }
      })
    },
  }
}

function pushOf(
  tenantId: string,
  { taken, standing }: Asked,
  { address, keys, app }: KnownDevice,
  text: { title: string; body: string } | undefined,
  badge: number | null,
  linkOf: LinkOf,
): DevicePush {
  const { userId, collapseKey, kind, conversationId, toSeq, withdraws } = taken
  const newest = standing?.messages.at(-1)
  return {
    ...{ id: sentId(taken, newest?.seq), tenantId, userId, collapseKey, withdraws, badge, keys, app },
    target: address,
    title: text?.title ?? '',
    body: text?.body ?? '',
    url: conversationId === null ? null : linkOf(conversationId),
    ttlSeconds: withdraws ? WITHDRAW_TTL_S : TTL_S,
    data: {
      kind,
      ...(conversationId !== null && { conversationId }),
      ...(newest && { [conversationId === null ? `${kind}Id` : 'messageId']: newest.id }),
      seq: `${newest?.seq ?? toSeq}`,
    },
  }
}
