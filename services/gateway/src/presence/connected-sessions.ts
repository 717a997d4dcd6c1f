import type { ConnectedSession } from '@parley/contracts'
import { type SeatedSocket, toSocket } from './seat.ts'

/** The sessions of these sockets, as their user is told of them. Of a socket that stands there twice the first counts. */
export function connectedSessions(texts: readonly string[], now: number): ConnectedSession[] {
  const sockets = new Map<string, SeatedSocket>()
  for (const socket of texts.map(toSocket)) if (!sockets.has(socket.id)) sockets.set(socket.id, socket)
  const sessions = new Map<string, SeatedSocket[]>()
  for (const socket of sockets.values())
    sessions.set(socket.sessionId, [...(sessions.get(socket.sessionId) ?? []), socket])
  return [...sessions].map(([sessionId, theirs]) => ({
    sessionId,
    userAgent: theirs.find(({ userAgent }) => userAgent !== null)?.userAgent ?? null,
    connectedAt: new Date(Math.min(...theirs.map(({ connectedAt }) => connectedAt))).toISOString(),
    lastSeenAt: new Date(Math.max(...theirs.map(({ lookedAt }) => lookedAt ?? now))).toISOString(),
    sockets: theirs.length,
  }))
}
