import type { Claims, Hooks, PolicySettings } from '@parley/contracts'
import { type Access, createAccess } from './access.ts'
import { type AskHost, createAskHost } from './before-send/ask-host.ts'
import { createKindOf, type KindOf } from './before-send/question.ts'
import { type ConversationFinder, createConversationFinder } from './conversations/conversation-finder.ts'
import { Epochs } from './epochs.ts'
import { SendOrder } from './messages/send-order.ts'
import { createPolicies, type Policies } from './policy/policies.ts'
import type { Store, Surroundings } from './ports.ts'
import { createStems, type StemsOf } from './search/stems.ts'
import { Turns } from './turns.ts'

/**
 * One user keeps less than half of a pool's connections busy; the time is that of a call over the bus.
 */
const TURNS = { perUser: 4, total: 64, maxWaiting: 250, patienceMs: 5_000 }

/** What a process gives the use-cases. */
export interface World extends Partial<Surroundings> {
  store: Store
  /** UUIDv7, so that ids sort by time. */
  newId: () => string
  /** What holds where a tenant has set nothing, before what its preset says. */
  unsetPolicy?: PolicySettings
  /** The storage service; left out where there is none, and messages have no attachments. */
  claims?: Claims | undefined
  /** The notification worker, which asks hosts; left out where there is none, and nobody answers. */
  hooks?: Hooks | undefined
  /** When the database was restored; left out, never. */
  epochs?: Epochs
}

/** What the use-cases share. */
export interface Deps extends Surroundings {
  store: Store
  newId: () => string
  policies: Policies
  access: Access
  finder: ConversationFinder
  turns: Turns
  stemsOf: StemsOf
  claims: Claims | undefined
  hooks: Hooks | undefined
  askHost: AskHost
  kindOf: KindOf
  sendOrder: SendOrder
  epochs: Epochs
}

export function createDeps({
  store,
  newId,
  unsetPolicy,
  claims,
  hooks,
  epochs = new Epochs(),
  ...around
}: World): Deps {
  const surroundings: Surroundings = {
    limit: async () => {},
    tell: () => {},
    reportsChanged: () => {},
    eraseFromEvents: async () => {},
    online: () => 0,
    presenceOf: async (_tenantId, userIds) => userIds.map(() => 'unknown'),
    sessionsOf: async () => ({ sessions: [], complete: false }),
    heardOf: async () => null,
    streamed: async () => 'nowhere',
    hookAsked: () => {},
    ...around,
  }
  const policies = createPolicies(store, unsetPolicy)
  const access = createAccess({ store, policies, limit: surroundings.limit })
  const finder = createConversationFinder({ store, newId, policies })
  const stemsOf = createStems(store.search)
  return {
    ...surroundings,
    ...{ store, newId, policies, access, finder, stemsOf, claims, hooks, epochs },
    turns: new Turns(TURNS),
    askHost: createAskHost({ hooks, hookAsked: surroundings.hookAsked }),
    kindOf: createKindOf(store),
    sendOrder: new SendOrder(),
  }
}
