import { createInProcessBus } from '@parley/bus'
import { EVENT_STREAM, subjects } from '@parley/contracts'
import { createLogger } from '@parley/runtime'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { keyOf } from '../../test/test-world.ts'
import { createMessageConsumer } from './message-consumer.ts'

const HOUR = 3_600_000

describeUseCases('what the stream tells of deleted messages', (current) => {
  test('is heard again later where it came to nothing five times; what nobody can read goes aside', async () => {
    const { people, authority, upload, claims, hear, later, runJobs, collectObjects, keysOf } = current()
    const { ana, tenantId } = people('ana')
    const conversationId = authority.conversation(ana)
    const { id } = await upload(ana, conversationId, 'words')
    const key = keyOf(conversationId, ana)
    await claims.claimAttachments(ana, { key, attachmentIds: [id] })
    const messageId = authority.send(key)
    const aside: string[] = []
    await using bus = createInProcessBus()
    const consumer = createMessageConsumer({
      bus,
      hear: { ...hear, deleted: () => Promise.reject(new Error('on purpose')) },
      log: createLogger({ name: 'test', level: 'silent' }),
      setAside: (what) => aside.push(what),
    })
    await bus.ensureStream({
      name: EVENT_STREAM,
      subjects: ['parley.event.v1.>'],
      maxAgeMs: 60_000,
      maxBytes: 1_000_000,
    })
    await consumer.start()
    const tell = async (body: string, times: number) => {
      const message = {
        subject: subjects.event(tenantId, 'message.deleted'),
        id: body,
        headers: {},
        body: Buffer.from(body),
      }
      for (let time = 0; time < times; time++) await bus.publishDurable([message]).catch(() => {})
    }
    await tell(JSON.stringify({ data: { id: messageId, deletedAttachments: [id] } }), 5)
    await tell('{"data":{}}', 5)
    await tell('{', 5)
    await consumer.close()
    expect(aside).toEqual(['delivery', 'delivery', 'delivery'])
    expect([await runJobs(), (await keysOf(tenantId)).length]).toEqual([0, 1])
    await later(HOUR)
    expect(await runJobs()).toBe(1)
    await later(24 * HOUR)
    await collectObjects()
    expect(await keysOf(tenantId)).toEqual([])
  })
})
