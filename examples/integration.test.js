import { randomUUID } from 'node:crypto'
import { startParley } from '@parley/standalone/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** @type {import('@parley/standalone/testing').TestParley} */
let parley
beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley?.stop())

it('tells the backend of a message that ana writes to ben about a booking', async () => {
  const booking = randomUUID()
  const events = await parley.events(['message.*'])
  const [backend, ana] = [parley.as('backend', { role: 'service' }), parley.as('ana', { role: 'customer' })]
  await backend('PUT', `/v1/contexts/appointment/${booking}`, {
    ...{ version: 1, status: 'confirmed' },
    members: [
      { userId: 'ana', role: 'customer' },
      { userId: 'ben', role: 'provider' },
    ],
  })
  await ana('POST', '/v1/messages', {
    context: { type: 'appointment', id: booking },
    content: 'Is there parking?',
    clientId: randomUUID(),
  })
  const { data } = await events.next('message.created')
  expect(data).toMatchObject({ content: 'Is there parking?', sender: { userId: 'ana' } })
  const { data: ofBen } = await parley.as('ben', { role: 'provider' })('GET', '/v1/conversations')
  expect(ofBen).toContainEqual(
    expect.objectContaining({ context: expect.objectContaining({ id: booking }), unreadCount: 1 }),
  )
})
