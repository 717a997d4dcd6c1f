import { expect, test } from 'vitest'
import type { chat } from './chat.ts'
import { type RestClient, restClient } from './rest-client.ts'
import { restRoutes } from './rest-routes.ts'

function recording(): { rest: RestClient<typeof chat>; sent: unknown[][] } {
  const sent: unknown[][] = []
  const rest = restClient<typeof chat>(restRoutes.chat, async (...request) => {
    sent.push(request)
    return { data: [] }
  })
  return { rest, sent }
}

test('fields of the path are encoded there, and not said twice', async () => {
  const { rest, sent } = recording()
  await rest.getUser({ userId: 'a/b ç' })
  await rest.updateParticipant({ conversationId: 'c1', userId: 'ben', role: 'member' })
  await rest.removeParticipant({ conversationId: 'c1', userId: 'ben' })
  expect(sent).toEqual([
    ['GET', '/v1/users/a%2Fb%20%C3%A7'],
    ['PATCH', '/v1/conversations/c1/participants/ben', { role: 'member' }],
    ['DELETE', '/v1/conversations/c1/participants/ben'],
  ])
})

test('the rest is the query of a reading call, without what is undefined, and the body of a writing one', async () => {
  const { rest, sent } = recording()
  await rest.listConversations({ limit: 50, cursor: undefined, unread: false })
  await rest.listConversations()
  await rest.sendMessage({ to: 'ben', content: 'Hello' })
  expect(sent).toEqual([
    ['GET', '/v1/conversations?limit=50&unread=false'],
    ['GET', '/v1/conversations'],
    ['POST', '/v1/messages', { to: 'ben', content: 'Hello' }],
  ])
})

test('what is answered, and what is thrown, comes through', async () => {
  expect(await recording().rest.listBlocks()).toEqual({ data: [] })
  const failing = restClient<typeof chat>(restRoutes.chat, async () => {
    throw new Error('refused')
  })
  await expect(failing.getMe()).rejects.toThrow('refused')
})
