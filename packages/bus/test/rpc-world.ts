import { randomUUID } from 'node:crypto'
import { type Actor, type Api, defineRpc } from '@parley/contracts'
import { Type } from 'typebox'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Bus } from '../src/bus.ts'
import { rpcClient, serveRpc } from '../src/rpc.ts'
import type { Parties } from './bus-conformance.ts'

/** Who calls. */
export const actor: Actor = { tenantId: 't', userId: 'ann', role: 'user', hostRole: null, name: null, avatarUrl: null }

const contractAt = (prefix: string) =>
  defineRpc(prefix, {
    read: {
      input: Type.Object({ id: Type.String() }, { additionalProperties: false }),
      output: Type.Object({ id: Type.String(), by: Type.String() }),
      errors: ['not_found'],
    },
    send: {
      input: Type.Object({ to: Type.String(), n: Type.Integer(), content: Type.Optional(Type.String()) }),
      output: Type.Object({ n: Type.Integer(), content: Type.Optional(Type.String()) }),
      errors: ['forbidden'],
      batchKey: (_, input) => input.to,
    },
  })
export type TestApi = Api<ReturnType<typeof contractAt>>

/** Enough keys that every lane has some of them. */
export const manyKeys = Array.from({ length: 32 }, (_, i) => `key-${i}`)

/** Two ends of a bus, and a contract of which one end serves what the other calls; anew for each test. */
export interface RpcWorld {
  readonly parties: Parties
  readonly contract: ReturnType<typeof contractAt>
  /** Errors that callers were not told. */
  readonly reported: unknown[]
  /** Serves what answers plainly, but for what is given. */
  serve(changed?: Partial<TestApi>, bus?: Bus): ReturnType<typeof serveRpc>
  client(timeoutMs?: number): TestApi
}

const api: TestApi = {
  read: async ({ userId }, { id }) => ({ id, by: userId }),
  send: async (_, { n, content }) => ({ n, ...(content !== undefined && { content }) }),
}

export function rpcWorld(open: () => Promise<Parties>): RpcWorld {
  let parties: Parties
  let contract: ReturnType<typeof contractAt>
  let reported: unknown[]
  beforeEach(async () => {
    parties = await open()
    contract = contractAt(`test.${randomUUID()}`)
    reported = []
  })
  afterEach(async () => {
    vi.useRealTimers()
    await parties[Symbol.asyncDispose]()
  })
  return {
    get parties() {
      return parties
    },
    get contract() {
      return contract
    },
    get reported() {
      return reported
    },
    serve: (changed = {}, bus = parties.far) =>
      serveRpc(bus, contract, { queue: 'q', api: { ...api, ...changed }, onError: (err) => reported.push(err) }),
    client: (timeoutMs) => rpcClient(parties.near, contract, timeoutMs ? { timeoutMs } : {}),
  }
}
