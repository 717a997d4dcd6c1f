import { type ConversationRef, ParleyError } from '@parley/contracts'
import type { Static } from 'typebox'
import { type ChatServer, type ChatSocket, conversationRoom, type TypingNews, userRoom } from '../io.ts'
import type { Writers } from './writers.ts'

/** Who stops without saying so, stops after this. */
const TYPING_MS = 6_000
/** A start of the same user in the same conversation is told no more often than this; one that comes earlier is told then, if it still holds. */
const START_EVERY_MS = 1_000
/** Who goes on typing is said to go on this often, for gateways that would otherwise take them for lost. */
const GO_ON_EVERY_MS = 3_000
/** Of whom another gateway says nothing any more, it has died. */
const LOST_MS = TYPING_MS + GO_ON_EVERY_MS + 1_000

const AGAIN_MS = 1_000

/** Somebody in a conversation. */
interface Typist {
  tenantId: string
  conversationId: string
  userId: string
  /** Their sockets here that are typing there. */
  sockets: Map<ChatSocket, NodeJS.Timeout>
  /** Other gateways where they are typing there. */
  elsewhere: Map<string, NodeJS.Timeout>
  /** What the sockets here were told. */
  isShown: boolean
  /** What other gateways were told. */
  isSaid: boolean
  saidAt: number
  startedAt: number
  /** Tells what has become of them in the meantime. */
  later: NodeJS.Timeout | undefined
}

export interface TypingOptions {
  io: ChatServer
  gatewayId: string
  /** Whether there are others to tell. */
  hasOthers: boolean
  isClusterWide: () => boolean
  /** Whether this gateway would hear of who may not be here any more. While it would not, nobody types, and nobody sees others type. */
  hearsOfRemovals: () => boolean
  writers: Pick<Writers, 'require'>
}

const now = () => performance.now()

/**
 * Tells the others who have the conversation open; the user's other devices know it themselves. Whoever could not send what they
 * type is told why, and nobody else hears of it. Of somebody who types on two devices others hear once. Nothing of it is kept, and
 * it ends by itself: where a client dies, and on the other gateways where a gateway does.
 */
export function createTyping({ io, gatewayId, hasOthers, isClusterWide, hearsOfRemovals, writers }: TypingOptions) {
  /** By conversation, and in it by user. */
  const typists = new Map<string, Map<string, Typist>>()
  /** Where a socket types. */
  const bySocket = new Map<ChatSocket, Set<Typist>>()
  /** What a socket said last, by conversation, while it is being asked whether it may: who stops meanwhile has not started. */
  const starting = new WeakMap<ChatSocket, Map<string, object>>()

  const typistOf = (tenantId: string, conversationId: string, userId: string): Typist => {
    const here = typists.get(conversationId) ?? new Map<string, Typist>()
    typists.set(conversationId, here)
    const known = here.get(userId)
    if (known) return known
    const typist: Typist = {
      ...{ tenantId, conversationId, userId, sockets: new Map(), elsewhere: new Map() },
      ...{ isShown: false, isSaid: false, saidAt: Number.NEGATIVE_INFINITY, startedAt: Number.NEGATIVE_INFINITY },
      later: undefined,
    }
    here.set(userId, typist)
    return typist
  }
  const forget = (typist: Typist) => {
    const { conversationId, userId, sockets, elsewhere, later } = typist
    if (sockets.size + elsewhere.size > 0 || later) return
    const here = typists.get(conversationId)
    here?.delete(userId)
    if (here?.size === 0) typists.delete(conversationId)
  }

  const show = ({ tenantId, conversationId, userId }: Typist, isTyping: boolean) =>
    io.local
      .to(conversationRoom(conversationId))
      .except(userRoom(tenantId, userId))
      .emit('user_typing', { conversationId, userId, isTyping })
  const say = (typist: Typist, isTyping: boolean) => {
    const { tenantId, conversationId, userId } = typist
    typist.isSaid = isTyping
    typist.saidAt = now()
    if (hasOthers) io.serverSideEmit('typing', { gatewayId, tenantId, conversationId, userId, isTyping })
  }

  const settleIn = (typist: Typist, ms: number) => {
    typist.later ??= setTimeout(() => {
      typist.later = undefined
      settle(typist)
    }, ms)
  }
  /** Tells what is not told yet. */
  const settle = (typist: Typist) => {
    const isHere = typist.sockets.size > 0
    const isTyping = isHere || typist.elsewhere.size > 0
    const isStart = (isTyping && !typist.isShown) || (isHere && !typist.isSaid)
    const wait = typist.startedAt + START_EVERY_MS - now()
    if (isStart && wait > 0) {
      settleIn(typist, wait)
      return
    }
    if (isStart) typist.startedAt = now()
    if (isTyping !== typist.isShown) {
      typist.isShown = isTyping
      show(typist, isTyping)
    }
    if (isHere ? !typist.isSaid || now() - typist.saidAt >= GO_ON_EVERY_MS : typist.isSaid) say(typist, isHere)
    // remembered for as long as it keeps the next start back
    if (!isTyping && wait > 0) settleIn(typist, wait)
    else forget(typist)
  }

  const begin = (socket: ChatSocket, conversationId: string) => {
    const { tenantId, userId } = socket.data.actor
    const typist = typistOf(tenantId, conversationId, userId)
    clearTimeout(typist.sockets.get(socket))
    typist.sockets.set(
      socket,
      setTimeout(() => stop(socket, conversationId), TYPING_MS),
    )
    bySocket.set(socket, (bySocket.get(socket) ?? new Set()).add(typist))
    settle(typist)
  }

  const stop = (socket: ChatSocket, conversationId: string) => {
    starting.get(socket)?.delete(conversationId)
    const typist = typists.get(conversationId)?.get(socket.data.actor.userId)
    if (!typist?.sockets.has(socket)) return
    clearTimeout(typist.sockets.get(socket))
    typist.sockets.delete(socket)
    const mine = bySocket.get(socket)
    mine?.delete(typist)
    if (mine?.size === 0) bySocket.delete(socket)
    settle(typist)
  }

  /** False when the socket has stopped, or left, meanwhile. */
  const mayStart = async (socket: ChatSocket, conversationId: string): Promise<boolean> => {
    const starts = starting.get(socket) ?? new Map<string, object>()
    starting.set(socket, starts)
    const start = {}
    starts.set(conversationId, start)
    try {
      if (!hearsOfRemovals())
        throw new ParleyError('unavailable', 'Who may type is not known now', { retryAfterMs: AGAIN_MS })
      await writers.require(socket.data.actor, conversationId)
      return starts.get(conversationId) === start && socket.rooms.has(conversationRoom(conversationId))
    } catch (err) {
      stop(socket, conversationId)
      throw err
    } finally {
      if (starts.get(conversationId) === start) starts.delete(conversationId)
    }
  }

  const hear = ({ gatewayId: where, tenantId, conversationId, userId, isTyping }: TypingNews) => {
    if (where === gatewayId) return
    const typist = typistOf(tenantId, conversationId, userId)
    clearTimeout(typist.elsewhere.get(where))
    const end = () => {
      typist.elsewhere.delete(where)
      settle(typist)
    }
    if (!isTyping || !hearsOfRemovals()) return end()
    typist.elsewhere.set(where, setTimeout(end, LOST_MS))
    settle(typist)
  }
  if (hasOthers) io.on('typing', hear)

  return {
    async set(socket: ChatSocket, { conversationId }: Static<typeof ConversationRef>, isTyping: boolean) {
      if (!socket.rooms.has(conversationRoom(conversationId)))
        throw new ParleyError('not_found', 'Join the conversation before you type in it')
      if (!isTyping) stop(socket, conversationId)
      else if (await mayStart(socket, conversationId)) begin(socket, conversationId)
      return { everywhere: isClusterWide() }
    },
    /** Tells a socket that has opened a conversation who types there. */
    showTo(socket: ChatSocket, conversationId: string) {
      for (const { userId, isShown } of typists.get(conversationId)?.values() ?? [])
        if (isShown && userId !== socket.data.actor.userId)
          socket.emit('user_typing', { conversationId, userId, isTyping: true })
    },
    stop,
    close(socket: ChatSocket) {
      for (const { conversationId } of [...(bySocket.get(socket) ?? [])]) stop(socket, conversationId)
    },
    /** No gateway is told anything any more. */
    end() {
      for (const here of typists.values())
        for (const { sockets, elsewhere, later } of here.values())
          for (const timer of [...sockets.values(), ...elsewhere.values(), later]) clearTimeout(timer)
      typists.clear()
    },
  }
}
