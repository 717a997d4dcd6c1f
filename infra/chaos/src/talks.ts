import type { Conversation } from '@parley/contracts'
import type { Random } from './random.ts'
import { callRest } from './rest.ts'

/** A conversation of the load. The owner and the steady are always in it; the guests come and go. */
export interface Talk {
  id: string
  owner: string
  steady: string[]
  guests: string[]
  /** Who is in it, as far as the load has been told. */
  present: Set<string>
}

/** How many conversations of each kind, out of how many people. */
const PEOPLE = 36
const DIRECTS = 10
const GROUPS_OF_5 = 6
const GROUPS_OF_30 = 4

export const people = Array.from({ length: PEOPLE }, (_, i) => `person-${i + 1}`)

/** Makes the conversations that the load uses. */
export async function makeTalks(url: string, tokens: ReadonlyMap<string, string>, random: Random): Promise<Talk[]> {
  const create = async (kind: 'direct' | 'group', [owner, ...others]: string[], guests: number): Promise<Talk> => {
    const body = {
      kind,
      participants: others.map((userId) => ({ userId })),
      ...(kind === 'group' && { title: `${others.length + 1} people` }),
    }
    const answer = await callRest<Conversation>(url, tokens.get(owner!)!, 'POST', '/conversations', body)
    if (!answer.ok) throw new Error(`A conversation could not be created: ${answer.code}`)
    return {
      id: answer.data.id,
      owner: owner!,
      steady: others.slice(guests),
      guests: others.slice(0, guests),
      present: new Set([owner!, ...others]),
    }
  }
  const some = (count: number) => random.shuffle(people).slice(0, count)
  const talks: Talk[] = []
  for (let i = 0; i < DIRECTS; i++) talks.push(await create('direct', people.slice(2 * i, 2 * i + 2), 0))
  for (let i = 0; i < GROUPS_OF_5; i++) talks.push(await create('group', some(5), 2))
  for (let i = 0; i < GROUPS_OF_30; i++) talks.push(await create('group', some(30), 4))
  return talks
}
