import type { Actor, ClientToServer, ServerEvent, ServerEventName, ServerToClient } from '@parley/contracts'
import type { Server, Socket } from 'socket.io'
import type { EncodedJson } from './json-parser.ts'

/** That somebody types, or has stopped, as gateways tell each other. */
export interface TypingNews {
  gatewayId: string
  tenantId: string
  conversationId: string
  userId: string
  isTyping: boolean
}
/** What gateways tell each other over the adapter. */
interface BetweenServers {
  typing: (news: TypingNews) => void
}
export interface SocketData {
  actor: Readonly<Actor>
  /** When the token ends, in epoch milliseconds; null: never. */
  expiresAt: number | null
  /** Of which end of a token the client was told that it comes. */
  toldExpiring?: number
  /** Moderates the tenant: may listen in where they are not a participant. */
  isAdmin?: boolean
}
export type ChatServer = Server<ClientToServer, ServerToClient, BetweenServers, SocketData>
export type ChatSocket = Socket<ClientToServer, ServerToClient, BetweenServers, SocketData>

/** Emits to the local sockets in the union of the rooms, to each once. */
export type Emit = <N extends ServerEventName>(
  rooms: readonly string[],
  event: N,
  data: ServerEvent<N> | EncodedJson,
) => void

/** Tenants have no colon in their names, so a room's name is unambiguous whatever the user id holds. */
export const userRoom = (tenantId: string, userId: string) => `user:${tenantId}:${userId}`
/** Admins of the tenant. */
export const adminRoom = (tenantId: string) => `admins:${tenantId}`
/** The user whose room it is. */
export const userOf = (tenantId: string, room: string) => room.slice(userRoom(tenantId, '').length)
/** The user's sockets here. */
export function socketsOf(io: ChatServer, tenantId: string, userId: string): ChatSocket[] {
  const { adapter, sockets } = io.of('/')
  return [...(adapter.rooms.get(userRoom(tenantId, userId)) ?? [])].flatMap((id) => sockets.get(id) ?? [])
}
/** Who has the conversation open: typing, never messages. */
export const conversationRoom = (conversationId: string) => `conversation:${conversationId}`
/** Admins who listen in. */
export const observerRoom = (conversationId: string) => `observers:${conversationId}`
