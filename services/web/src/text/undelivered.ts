import type { DeadEvent, DeadLetter } from '@parley/contracts'
import { eventTexts } from './webhooks.ts'

const receivers: Readonly<Record<string, string>> = {
  web_push: 'a browser',
  fcm: 'an Android device',
  apns: 'an Apple device',
  email: 'an e-mail address',
}

/** What did not take it. */
export const receiverText = (channel: string): string =>
  Object.hasOwn(receivers, channel) ? receivers[channel]! : channel

/** Why it is not tried any more. */
export function undeliveredText({
  state,
  attempts,
  reason,
}: Pick<DeadLetter, 'state' | 'attempts' | 'reason'>): string {
  const ended = state === 'refused' ? 'Refused for good' : `Tried ${times(attempts)}`
  return reason ? `${ended}: ${reason}` : ended
}

/** What an event tells, in words where there are some. */
export function eventText({ type }: Pick<DeadEvent, 'type'>): string {
  if (type === null) return 'An event without a type'
  return Object.hasOwn(eventTexts, type) ? eventTexts[type as keyof typeof eventTexts] : type
}

/** Who could not handle it. */
export const consumerText = (consumer: string): string => (consumer === 'notifier-webhooks' ? 'webhooks' : consumer)

/** Why it lies aside. */
export function deadEventText({ failures, error }: Pick<DeadEvent, 'failures' | 'error'>): string {
  return `${failures > 1 ? `Put aside ${times(failures)}: ` : ''}${error}`
}

const times = (count: number) => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)

/** What came of having so many tried again. */
export function redrivenText(redriven: number): string {
  if (redriven === 0) return 'There was nothing left to try again.'
  return redriven === 1
    ? 'One is tried again. If it fails again, it comes back here.'
    : `${redriven} are tried again. What fails again comes back here.`
}
