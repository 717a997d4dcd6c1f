import type { NotificationKind } from '@parley/contracts'

/** From the most telling on: of several one is told of as the first of these. */
export const TELLING: readonly NotificationKind[] = [
  'offer',
  'booking_request',
  'transition',
  'mention',
  'added',
  'context',
  'message',
]

const ofTypes: Readonly<Record<string, NotificationKind>> = {
  service_offer: 'offer',
  booking_request: 'booking_request',
  // of Parley's own lines those say something that tell what became of one of these
  system: 'transition',
}

/** What somebody is told of a message as. */
export function kindOf(type: string, mentionsThem: boolean): NotificationKind {
  const ofType = Object.hasOwn(ofTypes, type) ? ofTypes[type] : undefined
  return ofType ?? (mentionsThem ? 'mention' : 'message')
}

export function mostTelling(kinds: readonly NotificationKind[]): NotificationKind {
  return TELLING.find((kind) => kinds.includes(kind)) ?? 'message'
}
