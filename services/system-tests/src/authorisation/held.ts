import type { HeldMessage } from '@parley/contracts'
import type { TestRest } from '../stack/test-client.ts'
import { type Caller, policy } from './scenes.ts'

/** More than there are probes that decide one. */
const ENOUGH = 24

interface Holding {
  moderator: Caller
  /** At which nobody is: what it is asked about is held. */
  webhookId: string
  conversationId: string
  replicas: number
}

/** Has messages of somebody's held for review, and nothing any more after that. Answers their ids. */
export async function holdMessages(
  send: TestRest['call'],
  { moderator, webhookId, conversationId, replicas }: Holding,
): Promise<string[]> {
  const say = async () => (await send('POST', `/conversations/${conversationId}/messages`, { content: 'words' })).status
  /** Which replica has heard of the rules is not known: what it does says so. */
  const until = async (status: number, times: number) => {
    for (let inRow = 0; inRow < times; ) inRow = (await say()) === status ? inRow + 1 : 0
  }
  await moderator('PUT', '/admin/policy', { ...policy, moderation: { preSendHook: { webhookId, onFailure: 'hold' } } })
  await until(409, ENOUGH)
  await moderator('PUT', '/admin/policy', policy)
  await until(201, 2 * replicas)
  const { data } = await moderator<{ data: HeldMessage[] }>('GET', '/admin/held-messages?limit=100')
  return data.map(({ id }) => id)
}
