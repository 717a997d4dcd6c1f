import { type Bus, durableConsumer } from '@parley/bus'
import { HOST_STREAM, inputCheck, subjects, TenantId, topics } from '@parley/contracts'
import type { Logger, Reading, SetAside } from '@parley/runtime'
import type { UseCases } from '../domain/use-cases.ts'

/** What hosts tell waits at most this long for a service that can apply it. */
export const hostStream = {
  name: HOST_STREAM,
  subjects: [subjects.allOfHosts],
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 1024 ** 3,
}

const contextsOfAll = topics.hostContext('*')
/** Who applies what hosts tell. */
export const contextConsumer = { stream: hostStream.name, name: 'conversation-contexts', filter: contextsOfAll.subject }

const checkTenant = inputCheck(TenantId)

/** What of a context says which it is, as far as it can be read; nothing of what people may have written. */
function namedIn(body: Uint8Array): { type?: unknown; id?: unknown; version?: unknown } {
  let said: unknown
  try {
    said = JSON.parse(Buffer.from(body).toString())
  } catch {
    return {}
  }
  const given = (said ?? {}) as Record<string, unknown>
  const named = ['type', 'id', 'version'].map((key) => {
    const value = given[key]
    const isTold = typeof value === 'number' || typeof value === 'string'
    return [key, isTold ? String(value).slice(0, 200) : undefined]
  })
  return Object.fromEntries(named)
}

export interface HostConsumerOptions {
  bus: Bus
  accept: UseCases['acceptContext']
  log: Logger
  /** Told of each that is put aside. */
  setAside: (what: SetAside) => void
  show?: ((reading: Reading) => void) | undefined
}

/** Applies what backends tell durably. Order does not matter: each says its version. */
export function createHostConsumer({ bus, accept, log, setAside, show }: HostConsumerOptions) {
  return durableConsumer({
    ...{ bus, log, show },
    stream: hostStream,
    name: contextConsumer.name,
    filter: contextConsumer.filter,
    async handle({ subject, body }) {
      // NATS takes names that no tenant has
      await accept(checkTenant(tenantOf(subject)), contextsOfAll.decode(body))
    },
    setAside: () => setAside('host_context'),
    describe: ({ subject, body }) => ({ tenantId: tenantOf(subject), context: namedIn(body) }),
  })
}

const tenantOf = (subject: string) => subject.split('.')[3] ?? ''
