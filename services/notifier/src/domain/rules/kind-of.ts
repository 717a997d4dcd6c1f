import type { NotificationKind } from '@parley/contracts'

/** From the most telling on: of several one is told of as the first of these. */
export const TELLING: readonly NotificationKind[] = ['offer', 'booking_request', 'mention', 'message']

const ofTypes: Readonly<Record<string, NotificationKind>> = {
  service_offer: 'offer',
  booking_request: 'booking_request',
}

/** What somebody is told of a message as. */
export function kindOf(type: string, mentionsThem: boolean): NotificationKind {
  const ofType = Object.hasOwn(ofTypes, type) ? ofTypes[type] : undefined
  return ofType ?? (mentionsThem ? 'mention' : 'message')
}

export function mostTelling(kinds: readonly NotificationKind[]): NotificationKind {
  return TELLING.find((kind) => kinds.includes(kind)) ?? 'message'
}
