import { type Actor, type Revocation, type ServerEvent, whyRefused } from '@parley/contracts'
import { type ChatServer, type ChatSocket, socketsOf, userRoom } from '../io.ts'

/** As long as a handshake may be under way. */
const REMEMBERED_MS = 30_000

type Reason = ServerEvent<'session_ended'>['reason']
type Token = Pick<Actor, 'issuedAt' | 'sessionId'>
/** Why a token of the user's is refused, if it is. */
type Verdict = (token: Token) => Reason | null

/** Closes the sockets of who may not be here any more, and of those who are about to come in at that moment. */
export class ShutOut {
  readonly #io: ChatServer
  /** By the user's room: what was decided last, and when, in epoch milliseconds. */
  readonly #recent = new Map<string, { at: number; verdict: Verdict }[]>()

  constructor(io: ChatServer) {
    this.#io = io
  }

  disabled(tenantId: string, userId: string): void {
    this.#decide(tenantId, userId, () => 'disabled')
  }

  revoked(tenantId: string, userId: string, revocation: Revocation): void {
    this.#decide(tenantId, userId, (token) => whyRefused(token, revocation, Date.now()))
  }

  /** Closes a socket that has just come in, if that was decided since its handshake began. */
  closeIfLate(socket: ChatSocket): boolean {
    const { tenantId, userId } = socket.data.actor
    for (const { at, verdict } of this.#recent.get(userRoom(tenantId, userId)) ?? []) {
      const reason = at >= socket.handshake.issued ? verdict(socket.data.actor) : null
      if (reason) {
        close(socket, reason)
        return true
      }
    }
    return false
  }

  forget(): void {
    for (const [room, decided] of this.#recent) {
      const left = decided.filter(({ at }) => at >= Date.now() - REMEMBERED_MS)
      if (left.length > 0) this.#recent.set(room, left)
      else this.#recent.delete(room)
    }
  }

  #decide(tenantId: string, userId: string, verdict: Verdict): void {
    const room = userRoom(tenantId, userId)
    this.#recent.set(room, [...(this.#recent.get(room) ?? []).slice(-9), { at: Date.now(), verdict }])
    for (const socket of socketsOf(this.#io, tenantId, userId)) {
      const reason = verdict(socket.data.actor)
      if (reason) close(socket, reason)
    }
  }
}

/** It is told that this is final: whoever came back with the same token would be refused. */
function close(socket: ChatSocket, reason: Reason): void {
  socket.emit('session_ended', { reason })
  socket.disconnect(true)
}
