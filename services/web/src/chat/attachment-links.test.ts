import { expect, test } from 'vitest'
import { AttachmentLinks } from './attachment-links.ts'

function setUp() {
  const asked: object[] = []
  const clock = { now: 0 }
  const links = new AttachmentLinks({
    ask: async (input) => {
      asked.push(input)
      return { url: `/link/${asked.length}`, expiresAt: new Date(clock.now + 300_000).toISOString() }
    },
    resolve: (url) => `/chat${url}`,
    now: () => clock.now,
  })
  return { links, asked, clock }
}

test('an address is asked for once by all who want it, and kept', async () => {
  const { links, asked } = setUp()
  const wanted = { attachmentId: 'a', variant: 'thumbnail' } as const
  expect(links.peek(wanted)).toBeNull()
  const both = await Promise.all([links.get(wanted), links.get(wanted)])
  expect(both).toEqual(['/chat/link/1', '/chat/link/1'])
  expect(links.peek(wanted)).toBe('/chat/link/1')
  await links.get({ attachmentId: 'a' })
  expect(asked).toEqual([wanted, { attachmentId: 'a' }])
})

test('shortly before it ends it is renewed, and at once where it does not open', async () => {
  const { links, asked, clock } = setUp()
  await links.get({ attachmentId: 'a' })
  clock.now = 269_000
  expect(await links.get({ attachmentId: 'a' })).toBe('/chat/link/1')
  clock.now = 271_000
  expect(links.peek({ attachmentId: 'a' })).toBeNull()
  expect(await links.get({ attachmentId: 'a' })).toBe('/chat/link/2')
  expect(await links.get({ attachmentId: 'a' }, { anew: true })).toBe('/chat/link/3')
  expect(asked).toHaveLength(3)
})
