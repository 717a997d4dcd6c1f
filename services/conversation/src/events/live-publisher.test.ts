import { createInProcessBus } from '@parley/bus'
import { decodeLiveEnvelope, type LiveEntry, shardOf, subjects } from '@parley/contracts'
import { createLogger } from '@parley/runtime'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createLivePublisher } from './live-publisher.ts'

const conversationId = '01900000-0000-7000-8000-0123456789ab'
const messageId = '01900000-0000-7000-8000-0123456789ac'
const entry = (seq: number, id: string, content: string): LiveEntry => ({
  tenantId: 'acme',
  conversationId,
  seq,
  rev: 0,
  span: 1,
  aboutSeq: seq,
  audience: { version: null, userIds: ['ana'] },
  event: 'new_message',
  json: JSON.stringify({ id, content }),
})

test('whoever missed what was told of a message that was deleted since is not told it, and hears all else', async () => {
  await using bus = createInProcessBus()
  const live = createLivePublisher(bus, createLogger({ name: 'test', level: 'error' }))
  const shard = shardOf('acme')
  let publisherId = ''
  await bus.subscribe(subjects.live(shard), (bytes) => {
    publisherId = decodeLiveEnvelope(bytes).publisherId
  })
  await live.start()
  const [before, deleted, after] = [
    entry(1, 'before', 'kept'),
    entry(2, messageId, 'secret'),
    entry(3, 'after', 'kept too'),
  ]
  live.publish([before, deleted])
  live.publish([after])
  await expect.poll(() => publisherId).not.toBe('')

  live.forget('acme', [{ conversationId, messageId }])
  const heard: ReturnType<typeof decodeLiveEnvelope>[] = []
  const asked = Buffer.from(JSON.stringify({ shard, from: 1, to: 2 }))
  await bus.requestParts(subjects.replay(publisherId), asked, {
    timeoutMs: 5_000,
    onPart: (part) => heard.push(decodeLiveEnvelope(part)) === 2,
  })
  expect(heard.map(({ number }) => number)).toEqual([1, 2])
  expect(heard[0]!.entries).toMatchObject([before, { conversationId, seq: 2, rev: 0, span: 0, event: '', json: '' }])
  expect(heard[1]!.entries).toEqual([after])
  await live.close()
})

test('what is deleted in many conversations at once is looked for in their envelopes alone, among all that were told of a minute', async () => {
  await using bus = createInProcessBus()
  const live = createLivePublisher(bus, createLogger({ name: 'test', level: 'error' }))
  const words = 'words '.repeat(1_000)
  for (let seq = 1; seq <= 3_000; seq++) live.publish([entry(seq, `message-${seq}`, words)])
  const looked = vi.spyOn(Buffer.prototype, 'includes')
  onTestFinished(() => looked.mockRestore())
  const elsewhere = Array.from({ length: 100 }, (_, i) => ({
    conversationId: conversationId.slice(0, -3) + String(i).padStart(3, '0'),
    messageId,
  }))
  live.forget('acme', elsewhere)
  expect(looked).not.toHaveBeenCalled()
  live.forget('acme', [{ conversationId, messageId: 'message-7' }])
  expect(looked).toHaveBeenCalledTimes(3_000)
  await live.close()
})
