import type { EventType, Webhook, WebhookDelivery } from '@parley/contracts'
import { listTime } from './dates.ts'

/** Every event that there is, also those of later releases. */
export const EVERYTHING = '*'

/** What a webhook can be told of, in words. */
export const eventTexts: Readonly<Record<EventType, string>> = {
  'conversation.created': 'A conversation begins',
  'conversation.updated': 'A conversation changes',
  'message.created': 'A message is sent',
  'message.updated': 'A message changes',
  'message.deleted': 'A message is deleted for everyone',
  'message.transitioned': 'An offer or a booking request is decided',
  'messages.read': 'Messages are read',
  'messages.delivered': 'Messages reach somebody',
  'participant.joined': 'Somebody comes into a conversation',
  'participant.updated': 'Somebody has another role',
  'participant.left': 'Somebody leaves a conversation',
}

/** What is chosen, in the words of the server: those that are in a family that is chosen as well go with it. */
export function chosenEvents(chosen: ReadonlySet<string>): string[] {
  if (chosen.has(EVERYTHING)) return [EVERYTHING]
  return [...chosen].filter((event) => event.endsWith('.*') || !chosen.has(familyOf(event)))
}

/** `message.*` of `message.created`. */
const familyOf = (event: string): string => `${event.slice(0, event.indexOf('.'))}.*`

/** The families of events, each with its types. */
export const eventFamilies: readonly { family: string; types: readonly EventType[] }[] = (() => {
  const types = Object.keys(eventTexts) as EventType[]
  const families = [...new Set(types.map(familyOf))]
  return families.map((family) => ({ family, types: types.filter((type) => familyOf(type) === family) }))
})()

/** "message.*, conversation.created" */
export const eventsText = (events: readonly string[]): string =>
  events.includes(EVERYTHING) ? 'everything' : events.join(', ')

/** How a webhook is. */
export function webhookStanding({ enabled, disabledReason, failingSince }: Webhook, now = new Date()): string {
  if (!enabled) {
    if (disabledReason === 'gone') return 'Off: it said that it is gone'
    if (disabledReason === 'failing') return 'Off: nothing reached it for a day'
    return 'Off'
  }
  return failingSince ? `Fails since ${listTime(failingSince, now)}` : 'On'
}

/** What became of a delivery. */
export const deliveryTexts: Readonly<Record<WebhookDelivery['status'], string>> = {
  waiting: 'Waits',
  delivered: 'Delivered',
  failed: 'Failed',
  withdrawn: 'Withdrawn',
}

/** What was answered last, in a line. */
export function answerText({ answer, attempts }: Pick<WebhookDelivery, 'answer' | 'attempts'>): string {
  if (!answer) return attempts > 0 ? 'Is being sent' : 'Not tried yet'
  const said = answer.status === null ? 'No answer' : `Answered ${answer.status}`
  return `${said} after ${answer.durationMs} ms${answer.error ? `: ${answer.error}` : ''}`
}

/** JSON so that people can read it; anything else as it is. */
export function legibleBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
