import { type Bus, publishTopic, subscribeTopic, type Unsubscribe } from '@parley/bus'
import { type ConnectedUser, type Control, type Edge, MAX_CONNECTED_USERS, topics } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { adminRoom, type ChatServer, type ChatSocket, userOf, userRoom } from '../io.ts'
import type { createPresence } from '../presence/presence.ts'
import type { Writers } from '../sockets/writers.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { LocalUsers } from './local-users.ts'
import { createRenames } from './renames.ts'
import { ShutOut } from './shut-out.ts'

const ONLINE_MS = 2_000
/** Whoever was disabled, or had tokens taken back, while nobody here could hear of it is found by asking. */
const CHECK_MS = 30_000
const USERS_PER_REQUEST = 500
/** Users are counted of the largest tenants here: of all that a gateway may have, it would be more than a message on the bus can hold. */
const MAX_COUNTED_TENANTS = 5_000
const ROOMS_AT_ONCE = 500

export interface ControlOptions {
  bus: Bus
  io: ChatServer
  edge: Edge
  users: LocalUsers
  writers: Writers
  presence: Pick<ReturnType<typeof createPresence>, 'userChanged' | 'tenantChanged'>
  gatewayId: string
  /** Says who is connected to whoever asks on the bus. */
  development: boolean
  log: Logger
}

/** Does at once what concerns no conversation: closes the sockets of who may not be here any more, passes broadcasts on, counts who is here. */
export function createControl({
  bus,
  io,
  edge,
  users,
  writers,
  presence,
  gatewayId,
  development,
  log,
}: ControlOptions) {
  const stops: Unsubscribe[] = []
  const timers: NodeJS.Timeout[] = []

  /** Rooms of the tenant's users here. */
  const roomsOf = (tenantId: string) => {
    const prefix = userRoom(tenantId, '')
    return users.rooms().flatMap(({ room }) => (room.startsWith(prefix) ? [room] : []))
  }
  const renames = createRenames({ io, edge, roomsOf, log })
  /** As of when a tenant's admins here know how many reports are open. */
  const countedAt = new Map<string, string>()
  const shutOut = new ShutOut(io)

  /** Other words may make an admin now. Whoever still is one listens in again when they are back. */
  const letAdminsComeAgain = (tenantId: string) => {
    for (const { conn, data } of io.of('/').sockets.values())
      if (data.isAdmin && data.actor.tenantId === tenantId) conn.close()
  }

  const hear = (control: Control) => {
    if (control.kind === 'sockets_asked') {
      if (development) sayOnline(connected())
      return
    }
    const { tenantId } = control
    if (control.kind === 'user_changed' && control.disabled) shutOut.disabled(tenantId, control.userId)
    if (control.kind === 'tokens_revoked') shutOut.revoked(tenantId, control.userId, control)
    if (control.kind === 'user_changed') presence.userChanged(tenantId, control.userId)
    if (control.kind === 'profiles_changed') renames.add(tenantId, control.userIds)
    if (control.kind === 'policy_changed') {
      letAdminsComeAgain(tenantId)
      presence.tenantChanged(tenantId)
    }
    if (control.kind === 'reports_changed') {
      const { open, at = new Date().toISOString() } = control
      if (at < (countedAt.get(tenantId) ?? '')) return
      countedAt.set(tenantId, at)
      io.local.to(adminRoom(tenantId)).emit('reports_changed', { open })
    }
    if (control.kind === 'webhooks_changed' && control.disabled)
      io.local.to(adminRoom(tenantId)).emit('webhook_disabled', control.disabled)
    if (control.kind === 'scheduled_message_changed')
      io.local.to(userRoom(tenantId, control.userId)).emit('scheduled_message_updated', control.scheduled)
    if (control.kind === 'held_message_changed')
      io.local.to(userRoom(tenantId, control.userId)).emit('held_message_updated', control.held)
    if (control.kind === 'notification_changed')
      io.local.to(userRoom(tenantId, control.userId)).emit('notification', control.notification)
    if (control.kind === 'block_changed') {
      const { userIds } = control
      for (const userId of userIds) writers.forgetUser(tenantId, userId)
      if (userIds[0] !== undefined) presence.userChanged(tenantId, userIds[0], userIds)
    }
    if (control.kind !== 'broadcast') return
    const rooms = roomsOf(tenantId)
    for (let i = 0; i < rooms.length; i += ROOMS_AT_ONCE)
      io.local.to(rooms.slice(i, i + ROOMS_AT_ONCE)).emit('admin_broadcast', control.broadcast)
  }

  const tenantOf = (room: string) => room.split(':', 2)[1]!
  const connected = (): ConnectedUser[] =>
    users
      .rooms()
      .slice(0, MAX_CONNECTED_USERS)
      .map(({ room, sockets }) => ({ tenantId: tenantOf(room), userId: userOf(tenantOf(room), room), sockets }))
  const byTenant = () => {
    const tenants = new Map<string, string[]>()
    for (const { room } of users.rooms()) {
      const tenantId = tenantOf(room)
      const known = tenants.get(tenantId)
      if (known) known.push(room)
      else tenants.set(tenantId, [room])
    }
    return tenants
  }
  const sayOnline = (sockets?: ConnectedUser[]) => {
    const counts = Object.fromEntries(
      [...byTenant()]
        .map(([tenantId, rooms]) => [tenantId, rooms.length] as const)
        .sort(([, one], [, other]) => other - one)
        .slice(0, MAX_COUNTED_TENANTS),
    )
    publishTopic(bus, topics.online, { gatewayId, users: counts, ...(sockets && { sockets }) })
  }
  const checkUsers = async () => {
    for (const [tenantId, rooms] of byTenant())
      for (let i = 0; i < rooms.length; i += USERS_PER_REQUEST) {
        const userIds = rooms.slice(i, i + USERS_PER_REQUEST).map((room) => userOf(tenantId, room))
        const found = await edge.disabledAmong(gatewayActor(tenantId), { userIds })
        for (const userId of found.userIds) shutOut.disabled(tenantId, userId)
        for (const { userId, ...revocation } of found.revocations ?? []) shutOut.revoked(tenantId, userId, revocation)
      }
  }
  const check = () =>
    void checkUsers().catch((err) => log.warn({ err }, 'who may not be here any more could not be looked for'))

  return {
    async start() {
      stops.push(await subscribeTopic(bus, topics.control, hear, log), bus.onReconnect(check))
      sayOnline()
      timers.push(
        setInterval(() => sayOnline(), ONLINE_MS),
        setInterval(check, CHECK_MS),
        setInterval(() => shutOut.forget(), CHECK_MS),
      )
    },
    /** Closes a socket that has just come in, if its user was shut out meanwhile, or its token taken back. */
    closeIfLate: (socket: ChatSocket) => shutOut.closeIfLate(socket),
    async close() {
      renames.close()
      for (const timer of timers) clearInterval(timer)
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}
