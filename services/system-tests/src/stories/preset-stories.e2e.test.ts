import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedStack, type TestStack } from '../stack/test-stack.ts'
import { differences, stepsOf } from './story-page.ts'
import { type Command, commandsOf, type Request } from './story-shell.ts'

const folder = fileURLToPath(new URL('../../../../docs/presets', import.meta.url))
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'))

let stack: TestStack
/** Whose pages' tenants were in the stack already. */
const told = new Set<string>()
beforeAll(async () => {
  stack = await startEmbeddedStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

test('there is a story of each preset', () => {
  expect(pages.sort()).toEqual(['appointments.md', 'contracts.md', 'direct.md', 'marketplace.md', 'support-desk.md'])
})

test.each([...pages, '../events.md'])('%s: every request is answered as it says', async (name) => {
  if (told.has(name)) {
    // a page says the names of its things: tried again, it begins where nothing is
    await stack[Symbol.asyncDispose]()
    stack = await startEmbeddedStack()
    told.clear()
  }
  told.add(name)
  const page = readFileSync(`${folder}/${name}`, 'utf8')
  await using story = startStory(basename(name, '.md'))
  for (const step of stepsOf(page)) {
    const where = `${name}:${step.line}`
    if (step.kind === 'program') story.start(step.block)
    else if (step.kind === 'printed') await expect.poll(() => story.printed, { message: where }).toEqual(step.lines)
    else {
      const answer = await story.run(step.block)
      if (!step.reply) expect([where, answer?.status ?? 200]).toEqual([where, expect.toBeOneOf([200, 201, 204])])
      else {
        const { status, body } = step.reply
        expect([where, answer?.status, answer?.status === status ? [] : answer?.body]).toEqual([where, status, []])
        expect([where, differences(body, answer?.body)]).toEqual([where, []])
      }
    }
  }
})

type Callback = (...given: unknown[]) => unknown

interface Answer {
  status: number
  body: unknown
}

/** A reader with a shell and a second window; what they do stays in a tenant of its own. */
function startStory(tenant: string) {
  const variables = new Map<string, string>()
  const sockets: Socket[] = []
  const printed: string[] = []

  const ask = async ({ method, url, headers, body }: Request): Promise<Answer> => {
    // whose pages are behind one address: `npm start` has all of Parley there
    const at = new URL(url).pathname.startsWith('/v1/webhooks')
      ? url.replace(stack.restUrls[0]!, stack.notifierUrls[0]!)
      : url
    const response = await fetch(at, { method, headers, ...(body !== undefined && { body }) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  /** What goes wrong in a program is what it prints: thrown where nobody waits, it would be the fault of all that runs. */
  const guarded =
    (callback: Callback) =>
    (...given: unknown[]) => {
      try {
        callback(...given)
      } catch (err) {
        printed.push(`${err} at ${JSON.stringify(given)}`)
      }
    }
  const execute = async (command: Command): Promise<Answer | undefined> => {
    if (command.kind === 'request') return ask(command.request)
    if (command.kind === 'set') variables.set(command.name, command.name === 'URL' ? stack.restUrls[0]! : command.value)
    if (command.kind === 'token') {
      const { user = '', ...options } = command.options
      expect(options.tenant, `${command.name} is of the page's tenant`).toBe(tenant)
      variables.set(command.name, stack.token(user, options))
    }
    if (command.kind === 'take') {
      const answer = await ask(command.request)
      const value = command.path.reduce<unknown>(
        (at, key) => (at as Record<string, unknown> | undefined)?.[key],
        answer.body,
      )
      if (typeof value !== 'string') throw new Error(`${command.name} is not in ${JSON.stringify(answer)}`)
      variables.set(command.name, value)
    }
  }
  return {
    printed,
    /** What the last request of the block was answered; those before it are to succeed. */
    async run(block: string): Promise<Answer | undefined> {
      let answer: Answer | undefined
      for (const command of commandsOf(block)) {
        if (answer) expect(answer).toMatchObject({ status: expect.toBeOneOf([200, 201, 204]) })
        answer = (await execute(command(variables))) ?? answer
      }
      return answer
    },
    start(block: string) {
      const connect: typeof io = (...args: unknown[]) => {
        const socket = io(stack.gatewayUrls[0]!, { ...(args[1] as object), forceNew: true })
        sockets.push(socket)
        const emit = socket.emit.bind(socket) as (...all: unknown[]) => Socket
        socket.emit = (...all: unknown[]) =>
          emit(...all.map((one) => (typeof one === 'function' ? guarded(one as Callback) : one)))
        return socket
      }
      printed.length = 0
      const context = createContext({
        io: connect,
        process: { env: Object.fromEntries(variables) },
        console: { log: (...words: unknown[]) => printed.push(words.join(' ')) },
      })
      runInContext(`(async () => {${block.replaceAll(/^import .*$/gm, '')}})()`, context)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close()
    },
  }
}

describe('what the stories are compared with', () => {
  test('quotes, variables and lines that go on are as in a shell', () => {
    const variables = new Map([
      ['URL', 'http://here'],
      ['ID', 'x'],
    ])
    const [first, second] = commandsOf(
      `curl -X PUT "$URL/v1/a?b=1&c=2" \\\n  -H "Authorization: Bearer $ID" --json '{"a":\n"$ID '"$ID"'"}'\n\n# no more\nA=$(curl -s $URL | jq -r .data[0].id)`,
    )
    expect(first?.(variables)).toEqual({
      kind: 'request',
      request: {
        method: 'PUT',
        url: 'http://here/v1/a?b=1&c=2',
        headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
        body: '{"a":\n"$ID x"}',
      },
    })
    expect(second?.(variables)).toMatchObject({ kind: 'take', name: 'A', path: ['data', '0', 'id'] })
    expect(() => commandsOf('curl -k $URL')[0]?.(variables)).toThrow('curl -k')
    expect(() => commandsOf('curl $NONE')[0]?.(variables)).toThrow('$NONE is not set')
  })

  test('an answer that says something else than the page is found', () => {
    const real = { id: 'a', list: [1, 2, { x: null }], none: null }
    expect(differences({ id: '…', list: [1, '…'], none: null }, real)).toEqual([])
    expect(differences({ id: 'b' }, real)).toEqual(['/id is "a", not "b"'])
    expect(differences({ none: '…' }, real)).toEqual(['/none is missing'])
    expect(differences({ list: [1, 2] }, real)).toHaveLength(1)
    expect(differences({ list: [1, 2, { x: 1 }] }, real)).toEqual(['/list/2/x is null, not 1'])
    expect(differences({ other: null }, real)).toHaveLength(1)
  })
})
