import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'

describeUseCases('bytes that somebody is about to refer to', (current) => {
  const scene = () => {
    const { store, people } = current()
    const { tenantId } = people()
    const sha256 = randomUUID().replaceAll('-', '').repeat(2)
    const intend = async () => {
      const [intent] = await store.transaction(tenantId, ({ blobs }) => blobs.intend([{ sha256, size: 1 }], 3_600_000))
      return intent!
    }
    type Intent = Awaited<ReturnType<typeof intend>>
    return {
      intend,
      withdraw: (intent: Intent) => store.transaction(tenantId, ({ blobs }) => blobs.withdraw([intent])),
      /** Whether they are there after the collector's next look. */
      async stay() {
        await store.doomBlobs(100)
        return (await store.snapshot(tenantId, ({ blobs }) => blobs.place(sha256))) !== undefined
      },
    }
  }

  test('go at once when they do not, after all', async () => {
    const { intend, withdraw, stay } = scene()
    const intent = await intend()
    expect(await stay()).toBe(true)
    await withdraw(intent)
    expect(await stay()).toBe(false)
    // they are others by now, which nobody may take back with this
    await intend()
    await withdraw(intent)
    expect(await stay()).toBe(true)
  })

  test('stay for whoever came before', async () => {
    const { intend, withdraw, stay } = scene()
    const first = await intend()
    const second = await intend()
    expect(second.objectKey).toBe(first.objectKey)
    await withdraw(second)
    expect(await stay()).toBe(true)
    await withdraw(first)
    expect(await stay()).toBe(false)
  })

  test('stay for whoever came after', async () => {
    const { intend, withdraw, stay } = scene()
    const first = await intend()
    await intend()
    await withdraw(first)
    expect(await stay()).toBe(true)
  })
})
