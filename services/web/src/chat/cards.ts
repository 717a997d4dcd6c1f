import type { Message } from '@parley/contracts'

export interface PlaceCardContent {
  kind: 'location'
  latitude: number
  longitude: number
  name?: string
  address?: string
}
export interface ContactCardContent {
  kind: 'contact'
  name: string
  organization?: string
  phones?: readonly string[]
  emails?: readonly string[]
}
export type CardContent = PlaceCardContent | ContactCardContent

/** Null: it is no card, or one that another version has written so that this one does not know what it says. */
export function cardOf({
  type,
  payload,
  deletedAt,
}: Pick<Message, 'type' | 'payload' | 'deletedAt'>): CardContent | null {
  if (deletedAt !== null || payload === null) return null
  const given = payload as Record<string, unknown>
  const { latitude, longitude, name } = given
  if (type === 'location')
    return typeof latitude === 'number' && typeof longitude === 'number'
      ? { kind: type, latitude, longitude, ...wordsOf(given, ['name', 'address']) }
      : null
  if (type !== 'contact' || typeof name !== 'string') return null
  return {
    kind: type,
    name,
    ...wordsOf(given, ['organization']),
    phones: textsOf(given.phones),
    emails: textsOf(given.emails),
  }
}

/** Where a map shows it, and how near. */
export function mapAddress({ latitude, longitude }: Pick<PlaceCardContent, 'latitude' | 'longitude'>): string {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

function wordsOf<K extends string>(given: Record<string, unknown>, names: readonly K[]): { [N in K]?: string } {
  return Object.fromEntries(
    names.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : [])),
  ) as {
    [N in K]?: string
  }
}
