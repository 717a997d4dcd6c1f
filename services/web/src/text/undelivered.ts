import type { DeadLetter } from '@parley/contracts'

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
export function undeliveredText({ state, attempts }: Pick<DeadLetter, 'state' | 'attempts'>): string {
  if (state === 'refused') return 'refused for good'
  return attempts === 1 ? 'tried once' : `tried ${attempts} times`
}
