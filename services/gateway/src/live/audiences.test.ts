import type { AudienceSnapshot, Edge } from '@parley/contracts'
import { expect, test } from 'vitest'
import { userRoom } from '../io.ts'
import { Audiences } from './audiences.ts'
import { LocalUsers } from './local-users.ts'

const TENANT = 'acme'
const snapshot = (version: number, ...userIds: string[]): AudienceSnapshot => ({
  version,
  members: userIds.map((userId) => ({ userId, visibleFromSeq: 0 })),
})
const rooms = (...userIds: string[]) => userIds.map((userId) => userRoom(TENANT, userId))

/** With ana and ben here; `answers` are what the conversation service says, in turn, and `asked` of which conversations. */
function audiencesOf(...answers: AudienceSnapshot[]) {
  const users = new LocalUsers()
  for (const userId of ['ana', 'ben']) users.addSocket(TENANT, userId, true)
  const asked: string[] = []
  const audience: Edge['audience'] = async (_actor, { conversationId }) => {
    asked.push(conversationId)
    return answers.shift()!
  }
  const audiences = new Audiences({ audience } as Edge, users)
  const roomsOf = (version: number, conversationId = 'c') =>
    audiences.roomsOf(TENANT, conversationId, { version, userIds: [] }, 0)
  return { audiences, roomsOf, asked }
}

test('people of a version are asked for once, also by those who need them meanwhile', async () => {
  const { roomsOf, asked } = audiencesOf(snapshot(3, 'ana', 'elsewhere'))
  expect(await Promise.all([roomsOf(3), roomsOf(3)])).toEqual([rooms('ana'), rooms('ana')])
  expect(roomsOf(3)).toEqual(rooms('ana'))
  expect(asked).toEqual(['c'])
})

test('whoever needs a newer version does not make do with the answer to an earlier question', async () => {
  const { roomsOf } = audiencesOf(snapshot(3, 'ana'), snapshot(4, 'ana', 'ben'))
  expect(await Promise.all([roomsOf(3), roomsOf(4)])).toEqual([rooms('ana'), rooms('ana', 'ben')])
})

test('an answer that was overtaken by a newer one is forgotten', () => {
  const { audiences, roomsOf } = audiencesOf()
  audiences.remember('c', snapshot(4, 'ana', 'ben'))
  audiences.remember('c', snapshot(3, 'ana'))
  expect(roomsOf(4)).toEqual(rooms('ana', 'ben'))
})

test('when too many are remembered, the one that was needed last the longest ago goes, and no other', async () => {
  const { audiences, roomsOf, asked } = audiencesOf(snapshot(1, 'ana'))
  for (let i = 0; i < 2_000; i++) audiences.remember(`c${i}`, snapshot(1, 'ana'))
  expect(roomsOf(1, 'c0')).toEqual(rooms('ana'))
  audiences.remember('one more', snapshot(1, 'ana'))
  for (const id of ['c0', 'c2', 'c1999']) expect(roomsOf(1, id)).toEqual(rooms('ana'))
  await roomsOf(1, 'c1')
  expect(asked).toEqual(['c1'])
})
