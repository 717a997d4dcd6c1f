import { expect, test } from 'vitest'
import { Memo } from './memo.ts'

/** A memo of three answers that are fresh for 100 ms, with a clock and a store of our own. */
function scene() {
  let now = 1
  const memo = new Memo<string>({ max: 3, freshMs: 100, clock: { now: () => now } })
  const questions: { key: string; answer(value: string): void; fail(err: Error): void }[] = []
  const ask = (key: string) => () =>
    new Promise<string>((answer, fail) => {
      questions.push({ key, answer, fail })
    })
  return {
    memo,
    questions,
    ask,
    pass: (ms: number) => {
      now += ms
    },
    /** Has it asked for and answered. */
    learn: async (key: string, value: string) => {
      const answer = memo.get(key, ask(key))
      questions.at(-1)!.answer(value)
      await answer
    },
    neverAsked: (): Promise<string> => Promise.reject(new Error('asked')),
  }
}

test('who asks for the same at once shares one question, and goes on in the order of coming', async () => {
  const { memo, questions, ask } = scene()
  const order: number[] = []
  const waiting = [1, 2, 3].map(async (n) => {
    const answer = await memo.get('a', ask('a'))
    order.push(n)
    return answer
  })
  expect(questions).toHaveLength(1)
  questions[0]!.answer('one')
  expect(await Promise.all(waiting)).toEqual(['one', 'one', 'one'])
  expect(order).toEqual([1, 2, 3])
})

test('a fresh answer is there at once, an old one is asked for again', async () => {
  const { memo, questions, ask, learn, pass, neverAsked } = scene()
  await learn('a', 'one')
  pass(100)
  expect(memo.get('a', neverAsked)).toBe('one')
  pass(1)
  const answer = memo.get('a', ask('a'))
  expect(questions).toHaveLength(2)
  questions[1]!.answer('two')
  expect(await answer).toBe('two')
})

test('a full one forgets what was asked for longest ago, and keeps the others', async () => {
  const { memo, questions, ask, learn, neverAsked } = scene()
  for (const key of ['a', 'b', 'c']) await learn(key, key)
  memo.get('a', neverAsked)
  await learn('d', 'd')
  expect(['a', 'c', 'd'].map((key) => memo.get(key, neverAsked))).toEqual(['a', 'c', 'd'])
  void memo.get('b', ask('b'))
  expect(questions.at(-1)!.key).toBe('b')
})

test('what is heard wins over an answer that is under way', async () => {
  const { memo, questions, ask, neverAsked } = scene()
  const answer = memo.get('a', ask('a'))
  memo.set('a', 'heard')
  questions[0]!.answer('read before')
  expect(await answer).toBe('read before')
  expect(memo.get('a', neverAsked)).toBe('heard')
})

test('what is forgotten while it is asked for is asked for anew, and the earlier answer is not kept', async () => {
  const { memo, questions, ask, neverAsked } = scene()
  const before = memo.get('a', ask('a'))
  memo.delete('a')
  const after = memo.get('a', ask('a'))
  expect(questions).toHaveLength(2)
  questions[1]!.answer('new')
  expect(await after).toBe('new')
  questions[0]!.answer('old')
  expect(await before).toBe('old')
  expect(memo.get('a', neverAsked)).toBe('new')
})

test('a question that fails fails those who wait, and the next one asks again', async () => {
  const { memo, questions, ask } = scene()
  const answers = [memo.get('a', ask('a')), memo.get('a', ask('a'))]
  questions[0]!.fail(new Error('busy'))
  for (const answer of answers) await expect(answer).rejects.toThrow('busy')
  void memo.get('a', ask('a'))
  expect(questions).toHaveLength(2)
})

test('while it is refreshed the old one serves, one question at a time, and for a while also when that fails', async () => {
  const { memo, questions, ask, learn, pass } = scene()
  await learn('a', 'one')
  const get = () => memo.getWhileRefreshing('a', ask('a'))
  expect(get()).toBe('one')
  expect(questions).toHaveLength(1)
  pass(150)
  expect([get(), get()]).toEqual(['one', 'one'])
  expect(questions).toHaveLength(2)
  questions[1]!.fail(new Error('busy'))
  await new Promise(setImmediate)
  expect(get()).toBe('one')
  expect(questions).toHaveLength(2)
  pass(101)
  const waiting = [get(), get()]
  expect(questions).toHaveLength(3)
  questions[2]!.answer('two')
  expect(await Promise.all(waiting)).toEqual(['two', 'two'])
  expect(get()).toBe('two')
})

test('one that nobody has asked for in a long time is asked for anew, and is not what anybody goes by', async () => {
  const { memo, questions, ask, learn, pass } = scene()
  await learn('a', 'one')
  pass(3_600_000)
  const answer = memo.getWhileRefreshing('a', ask('a'))
  questions[1]!.answer('two')
  expect(await answer).toBe('two')
})
