import { afterAll, beforeAll, describe } from 'vitest'
import { type ConnectOptions, connect, type TestSocket } from './test-client.ts'
import { type StackOptions, startEmbeddedStack, startServerStack, type TestStack } from './test-stack.ts'

/** What the tests of a block share. */
export interface StackContext {
  /** The block's system. It runs from the first `beforeAll` to the last `afterAll`; its members throw before and after. */
  stack: TestStack
  /** Like `connect`; closed when the block ends. */
  socket(userId: string, options?: ConnectOptions): Promise<TestSocket>
  people: People
}

/** Users of one test alone, and of one try of it: each call gives the names another number. */
export type People = <Names extends string[]>(...names: Names) => { [I in keyof Names]: string }

export function numberedPeople(): People {
  let calls = 0
  return (...names) => {
    calls++
    return names.map((name) => `${name}-${calls}`) as { [I in keyof typeof names]: string }
  }
}

/**
 * A block of tests that run twice, over embedded parts and over Postgres, NATS and Redis: one fresh stack each.
 * `%s` in the title becomes the name of the parts.
 */
export function describeStacks(
  title: string,
  tests: (context: StackContext) => void,
  options: StackOptions = {},
): void {
  describe.each([
    ['embedded parts', startEmbeddedStack],
    ['Postgres, NATS and Redis', startServerStack],
  ] as const)(title, (_name, start) => {
    let running: TestStack | undefined
    const open: TestSocket[] = []
    beforeAll(async () => {
      running = await start(options)
    })
    afterAll(async () => {
      for (const one of open) one.close()
      await running?.[Symbol.asyncDispose]()
    })

    // Stands for the stack while the block's functions are declared, before there is one.
    const stack = new Proxy({} as TestStack, {
      get(_target, member) {
        if (!running) throw new Error(`The stack of "${title}" does not run`)
        return Reflect.get(running, member)
      },
    })
    tests({
      stack,
      async socket(userId, options) {
        const one = await connect(stack, userId, options)
        open.push(one)
        return one
      },
      people: numberedPeople(),
    })
  })
}
