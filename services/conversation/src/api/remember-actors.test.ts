import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { rememberActors } from './remember-actors.ts'

test('each word of a token is stored once, and with too many users only the most silent one is forgotten', async () => {
  const stored: string[] = []
  const store = async ({ userId, name }: Actor) => stored.push(`${userId} ${name}`)
  const remember = rememberActors(store, 3)
  const say = (userId: string, name: string) =>
    remember({ actor: { tenantId: 'default', userId, role: 'user', hostRole: null, name, avatarUrl: null } })

  for (const userId of ['ana', 'ben', 'cleo', 'ana']) await say(userId, 'One')
  await say('ana', 'Another')
  expect(stored.splice(0)).toEqual(['ana One', 'ben One', 'cleo One', 'ana Another'])

  await say('dan', 'One')
  for (const userId of ['cleo', 'dan']) await say(userId, 'One')
  await say('ana', 'Another')
  expect(stored.splice(0)).toEqual(['dan One'])
  await say('ben', 'One')
  expect(stored).toEqual(['ben One'])
})

test('the same words are stored again when a later token says them, and not for an earlier one', async () => {
  const stored: (number | undefined)[] = []
  const remember = rememberActors(async ({ issuedAt }) => stored.push(issuedAt))
  const ana = {
    tenantId: 'default',
    userId: 'ana',
    role: 'user',
    hostRole: null,
    name: 'Ana',
    avatarUrl: null,
  } as const
  for (const issuedAt of [200, 100, 200, 300, 200]) await remember({ actor: { ...ana, issuedAt } })
  await remember({ actor: ana })
  expect(stored).toEqual([200, 300])
})
