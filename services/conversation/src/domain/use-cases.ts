import type {
  Actor,
  Admin,
  Audience,
  Authority,
  Chat,
  Control,
  Edge,
  Host,
  Oversight,
  UpsertContext,
  UpsertedContext,
} from '@parley/contracts'
import { forgetReported } from './admin/forget-reported.ts'
import { createOversight } from './admin/oversight.ts'
import { createAdmin } from './admin.ts'
import { createAuthority } from './attachments/authority.ts'
import { createChat } from './chat.ts'
import { endConversations } from './contexts/end-conversations.ts'
import { requireSound, upsertContext } from './contexts/upsert-contexts.ts'
import { createDeps, type World } from './deps.ts'
import { createEdge } from './gateways/serve-gateways.ts'
import { createHost } from './host.ts'
import { createJobHandlers } from './jobs/job-handlers.ts'
import { createAudience } from './notifications/audience.ts'
import type { JobHandlers } from './ports/jobs.ts'
import { fillSearch, type Indexed, indexEvents } from './search/index-messages.ts'
import { identify } from './users/identify.ts'

/** Everything that a process can be asked for, over one store. */
export interface UseCases {
  chat: Chat
  edge: Edge
  host: Host
  admin: Admin
  authority: Authority
  audience: Audience
  oversight: Oversight
  /** What is done at a time of its own. */
  jobs: JobHandlers
  /** Stores what a token says of its user; not a call that they made. */
  remember(actor: Actor): Promise<unknown>
  /** What the host told durably, in the name of its tenant. */
  acceptContext(tenantId: string, context: UpsertContext): Promise<UpsertedContext>
  /** Another process has changed what this one remembers. */
  hear(control: Control): void
  /** Marks what has run out by itself. Returns how many there were. */
  endConversations(): Promise<number>
  /** Lets go of what reports keep no longer. Returns how many there were. */
  forgetReported(): Promise<number>
  /** Lets go of broadcasts that nobody reads any more. Returns how many there were. */
  forgetBroadcasts(): Promise<number>
  /** Lets go of the keys of calls that nobody repeats any more, after seven days. Returns how many there were. */
  forgetKeys(): Promise<number>
  /** Lets go of scheduled messages that were sent or cancelled days ago, and of those that failed long ago. Returns how many. */
  forgetScheduled(): Promise<number>
  /** Lets go of held messages that were decided days ago, or that nobody has decided for months. Returns how many there were. */
  forgetHeld(): Promise<number>
  /** Lets go of jobs that went aside 30 days ago. Returns how many there were. */
  forgetJobs(): Promise<number>
  /** Lets users be found by name who were there before names were looked for. Returns how many there were. */
  fillUserTerms(): Promise<number>
  /** Gives participants their places in lists who were there before there were any. Returns how many there were. */
  fillListPlaces(): Promise<number>
  /** Takes the words out of histories of messages that were deleted long ago. Returns how many versions it has looked at. */
  cleanHistories(): Promise<number>
  /** Lets the messages of about so many changes that come next in the log of events be found. */
  indexEvents(limit: number): Promise<Indexed>
  /** Lets so many messages be found that were there before. */
  fillSearch(limit: number): Promise<Indexed>
}

export function createUseCases(world: World): UseCases {
  const deps = createDeps(world)
  return {
    chat: createChat(deps),
    edge: createEdge(deps),
    host: createHost(deps),
    admin: createAdmin(deps),
    authority: createAuthority(deps),
    audience: createAudience(deps),
    oversight: createOversight(deps),
    jobs: createJobHandlers(deps),
    remember: (actor) => deps.turns.take(actor, () => identify(deps, actor)),
    async acceptContext(tenantId, context) {
      requireSound(context)
      return upsertContext(deps, tenantId, context)
    },
    hear(control) {
      if (control.kind === 'policy_changed') deps.policies.forget(control.tenantId)
      if (control.kind === 'user_changed' || control.kind === 'tokens_revoked')
        deps.access.changed(control.tenantId, control.userId)
    },
    endConversations: () => endConversations(deps),
    forgetReported: () => forgetReported(deps),
    forgetBroadcasts: () => deps.store.forgetBroadcasts(),
    forgetKeys: () => deps.store.forgetKeys(),
    forgetScheduled: () => deps.store.forgetScheduled(),
    forgetHeld: () => deps.store.forgetHeld(),
    forgetJobs: () => deps.store.forgetJobs(),
    fillUserTerms: () => deps.store.fillUserTerms(),
    fillListPlaces: () => deps.store.fillListPlaces(),
    cleanHistories: () => deps.store.cleanHistories(),
    indexEvents: (limit) => indexEvents(deps, limit),
    fillSearch: (limit) => fillSearch(deps, limit),
  }
}
