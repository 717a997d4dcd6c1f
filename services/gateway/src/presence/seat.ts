/** Somebody of a tenant. */
export interface Person {
  tenantId: string
  userId: string
}

export type Standing = 'active' | 'away'

/** What somebody's sockets at one gateway come to together, and which conversations are looked at on them. */
export interface Seat {
  standing: Standing
  focused: readonly string[]
}

/** As many conversations as are remembered of somebody at one gateway. */
const MAX_FOCUSED = 10

/** There on any device is there. Null: on none. */
export function standingOf(standings: readonly Standing[]): Standing | null {
  return standings.includes('active') ? 'active' : (standings[0] ?? null)
}

/** A seat as text: `active`, or `active,<conversation>,<conversation>`. */
export const seatText = ({ standing, focused }: Seat): string => [standing, ...focused.slice(0, MAX_FOCUSED)].join(',')

export function toSeat(text: string): Seat {
  const [standing, ...focused] = text.split(',')
  return { standing: standing === 'active' ? 'active' : 'away', focused }
}
