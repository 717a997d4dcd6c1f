/** Somebody of a tenant. */
export interface Person {
  tenantId: string
  userId: string
}

export type Standing = 'active' | 'away'

/** A socket, as its user is told of it. */
export interface SeatedSocket {
  /** Of this socket alone. */
  id: string
  sessionId: string
  userAgent: string | null
  /** Epoch milliseconds. */
  connectedAt: number
  /** When somebody last looked at it, in epoch milliseconds; null: now. */
  lookedAt: number | null
}

/** What somebody's sockets at one gateway come to together, and which conversations are looked at on them. */
export interface Seat {
  standing: Standing
  focused: readonly string[]
  /** The sockets, each as text: nearly nobody asks what it says. */
  sockets: readonly string[]
}

/** As many conversations, and sockets, as are remembered of somebody at one gateway. */
const MAX_FOCUSED = 10
const MAX_SOCKETS = 50
const SOCKET = 's:'

/** There on any device is there. Null: on none. */
export function standingOf(standings: readonly Standing[]): Standing | null {
  return standings.includes('active') ? 'active' : (standings[0] ?? null)
}

/** A seat as text: `active`, or `active,<conversation>,<conversation>,<socket>`. */
export const seatText = ({ standing, focused, sockets }: Seat): string =>
  [standing, ...focused.slice(0, MAX_FOCUSED), ...sockets.slice(-MAX_SOCKETS)].join(',')

export function toSeat(text: string): Seat {
  const [standing, ...rest] = text.split(',')
  return {
    standing: standing === 'active' ? 'active' : 'away',
    focused: rest.filter((one) => !one.startsWith(SOCKET)),
    sockets: rest.filter((one) => one.startsWith(SOCKET)),
  }
}

/** Without a comma or a space, whatever the client calls itself. */
export function socketText({ id, sessionId, userAgent, connectedAt, lookedAt }: SeatedSocket): string {
  const fields = JSON.stringify([id, sessionId, userAgent, connectedAt, lookedAt])
  return SOCKET + Buffer.from(fields).toString('base64url')
}

export function toSocket(text: string): SeatedSocket {
  // written by socketText(), at this gateway or another
  const fields = JSON.parse(Buffer.from(text.slice(SOCKET.length), 'base64url').toString()) as [
    ...[string, string, string | null, number, number | null],
  ]
  const [id, sessionId, userAgent, connectedAt, lookedAt] = fields
  return { id, sessionId, userAgent, connectedAt, lookedAt }
}
