import { ParleyError } from '@parley/contracts'
import { expect, test } from 'vitest'
import { gather } from './gather.ts'

const away = () => new ParleyError('unavailable', 'Nobody is there')

test('what is asked for within a moment is one question, at most so many, and each is answered its own', async () => {
  const asked: number[][] = []
  const { add } = gather<number, number>(
    async (items) => {
      asked.push([...items])
      return items.map((item) => item * 10)
    },
    { atMost: 3 },
  )
  expect(await Promise.all([1, 2, 3, 4].map(add))).toEqual([10, 20, 30, 40])
  expect(asked).toEqual([[1, 2, 3], [4]])
})

test('one that cannot be answered keeps no other, and where nobody answers the rest is not asked for', async () => {
  let asked = 0
  const gathering = (broken: (item: number) => Error | undefined) =>
    gather<number, number>(
      async (items) => {
        asked++
        const found = items.map(broken).find((err) => err !== undefined)
        if (found) throw found
        return items
      },
      { atMost: 50 },
    )
  const items = Array.from({ length: 20 }, (_, n) => n)
  const broken = gathering((item) => (item === 3 ? new Error('it cannot be') : undefined))
  const answers = await Promise.allSettled(items.map(broken.add))
  expect(answers.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([3])
  const slow = gathering((item) => (item === 3 ? away() : undefined))
  expect((await Promise.allSettled(items.map(slow.add))).filter(({ status }) => status === 'rejected')).toHaveLength(1)
  asked = 0
  const nobody = gathering(away)
  for (const answer of await Promise.allSettled(items.map(nobody.add)))
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  expect(asked).toBe(3)
})

test('asked in turn, nothing is asked for while something is, and what comes meanwhile is one question', async () => {
  const asked: number[] = []
  const answer: (() => void)[] = []
  const { add } = gather<number, number>(
    async (items) => {
      asked.push(items.length)
      await new Promise<void>((resolve) => answer.push(resolve))
      if (items.includes(3)) throw new Error('it cannot be')
      return items
    },
    { atMost: 50, inTurn: true },
  )
  const first = add(3).catch(() => 'failed')
  await expect.poll(() => answer.length).toBe(1)
  const rest: Promise<number>[] = []
  for (let item = 10; item < 14; item++) {
    rest.push(add(item))
    await new Promise((resolve) => setTimeout(resolve, 7))
  }
  expect(asked).toEqual([1])
  answer[0]!()
  expect(await first).toBe('failed')
  await expect.poll(() => answer.length).toBe(2)
  answer[1]!()
  expect(await Promise.all(rest)).toEqual([10, 11, 12, 13])
  expect(asked).toEqual([1, 4])
})
