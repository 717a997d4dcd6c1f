import type { UserProfile } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { conversation, message, participant } from './fixtures.ts'
import { PeopleSearch, peopleKnown } from './people-search.ts'

const person = (userId: string, name: string): UserProfile => ({ userId, name, avatarUrl: null })
const everybody = [person('ana', 'Ana Ferreira'), person('u-7', 'Anatol Brandt'), person('ben', 'Ben Okafor')]

function searching(people = everybody) {
  const asked: string[] = []
  const search = new PeopleSearch({
    search: async ({ q, cursor }) => {
      asked.push(q)
      const fitting = people.filter(({ name }) => name?.toLowerCase().startsWith(q.toLowerCase()))
      // One to a page, as a server may that leaves out whom one may not see.
      const at = Number(cursor ?? 0)
      const more = at + 1 < fitting.length
      return { data: fitting.slice(at, at + 1), nextCursor: more ? String(at + 1) : null, hasMore: more }
    },
    profile: async (userId) => {
      const found = people.find((candidate) => candidate.userId === userId)
      if (!found) throw new RequestFailure('not_found', 'No such user')
      return found
    },
    wait: () => new Promise((resolve) => setTimeout(resolve, 1)),
  })
  return { search, asked }
}

test('people are found by name, over the pages of an answer', async () => {
  const { search } = searching()
  expect(await search.find(' ana ')).toEqual([person('ana', 'Ana Ferreira'), person('u-7', 'Anatol Brandt')])
})

test('an id is found when it is somebody, and shown once and with the name', async () => {
  const { search } = searching()
  expect(await search.find('u-7')).toEqual([person('u-7', 'Anatol Brandt')])
  expect(await search.find('ben')).toEqual([person('ben', 'Ben Okafor')])
  expect(await search.find('bne')).toEqual([])
})

test('only what was typed last is asked and answered', async () => {
  const { search, asked } = searching()
  const answers = await Promise.all([search.find('a'), search.find('an'), search.find('ben')])
  expect(answers).toEqual([null, null, [person('ben', 'Ben Okafor')]])
  expect(asked).toEqual(['ben'])
})

test('whom one has written with is known without asking, the latest first and oneself not', () => {
  const known = peopleKnown(
    {
      a: conversation({ id: 'a', participants: [participant('ana'), participant('ben')] }),
      b: conversation({
        id: 'b',
        lastMessage: message(9),
        participants: [participant('ana'), participant('chloe'), participant('ben')],
      }),
    },
    'ana',
  )
  expect(known.map(({ userId }) => userId)).toEqual(['chloe', 'ben'])
})
