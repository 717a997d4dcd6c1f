import type { Actor } from '@parley/contracts'
import type { TestWorld } from './test-world.ts'

/** What happens to people in a conversation, and what they are told of it. */
export function lookScene(current: () => TestWorld) {
  /** Three in a conversation, who have a phone each; cleo writes. */
  const scene = () => {
    const { people, audience, targets } = current()
    const { ana, ben, cleo, tenantId } = people('ana', 'ben', 'cleo')
    for (const { userId } of [ana, ben, cleo]) targets.push.set(`${tenantId}/${userId}`, `phone of ${userId}`)
    return { ana, ben, cleo, tenantId, id: audience.conversation(ana, ben, cleo) }
  }
  const write = async (id: string, sender: Actor, content: string, more = {}) => {
    const { audience, news } = current()
    const message = audience.write(id, sender, content, more)
    await news()
    return message
  }
  const read = async (id: string, reader: Actor, seq: number) => {
    const { audience, news } = current()
    audience.read(id, reader, seq)
    await news()
  }
  const list = async (one: Actor, more = {}) => (await current().notifications.listNotifications(one, more)).data
  const handOvers = ({ tenantId }: Pick<Actor, 'tenantId'>) =>
    current().asOwner<{ user_id: string; from_seq: string; to_seq: string; withdraws: boolean }>(
      `SELECT user_id, from_seq::text, to_seq::text, withdraws FROM hand_overs WHERE tenant_id = $1 AND state = 'waiting' ORDER BY user_id, from_seq`,
      [tenantId],
    )
  const looks = ({ tenantId }: Pick<Actor, 'tenantId'>) =>
    current().asOwner<{ due_in: number }>(
      `SELECT extract(epoch FROM run_at - clock_timestamp())::double precision * 1000 AS due_in FROM jobs WHERE kind = 'look' AND tenant_id = $1`,
      [tenantId],
    )
  const allDue = async ({ runJobs }: TestWorld = current()) => {
    while ((await runJobs()) > 0);
  }
  return { scene, write, read, list, handOvers, looks, allDue }
}
