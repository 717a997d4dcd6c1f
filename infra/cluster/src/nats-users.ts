import { randomBytes } from 'node:crypto'

export const NATS_CONFIG = new URL('../../nats.conf', import.meta.url)

export type NatsUser = 'conversation' | 'gateway' | 'storage' | 'notifier' | 'host' | 'consumer' | 'operator'

/** Those that infra/compose.yaml has as well: the README's example and examples/ show them. */
const HOST_PASSWORD = 'host-dev'
const CONSUMER_PASSWORD = 'consumer-dev'

/** Passwords for the users of infra/nats.conf, new for every cluster but for those of the host's backends, which people type. */
export function natsPasswords(): Record<NatsUser, string> {
  // A letter first: NATS reads a value from the environment as its configuration language does, numbers included.
  const password = () => `p${randomBytes(16).toString('hex')}`
  return {
    conversation: password(),
    gateway: password(),
    storage: password(),
    notifier: password(),
    host: HOST_PASSWORD,
    consumer: CONSUMER_PASSWORD,
    operator: password(),
  }
}

/** The variables that infra/nats.conf reads. */
export function natsEnvironment(passwords: Record<NatsUser, string>): Record<string, string> {
  return {
    PARLEY_NATS_CONVERSATION_PASSWORD: passwords.conversation,
    PARLEY_NATS_GATEWAY_PASSWORD: passwords.gateway,
    PARLEY_NATS_STORAGE_PASSWORD: passwords.storage,
    PARLEY_NATS_NOTIFIER_PASSWORD: passwords.notifier,
    PARLEY_NATS_HOST_PASSWORD: passwords.host,
    PARLEY_NATS_CONSUMER_PASSWORD: passwords.consumer,
    PARLEY_NATS_OPERATOR_PASSWORD: passwords.operator,
  }
}

/** The server's URL with one user's credentials in it. */
export function natsUrl(url: string, user: NatsUser, passwords: Record<NatsUser, string>): string {
  const own = new URL(url)
  own.username = user
  own.password = passwords[user]
  return own.href
}
