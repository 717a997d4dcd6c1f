import { randomUUID } from 'node:crypto'
import type { Actor, Control, HeldMessage, PolicySettings, PreSendHook } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import { createUseCases } from '../src/domain/use-cases.ts'
import { newId } from '../src/new-id.ts'
import { backendOf } from './callers.ts'
import { createFakeHost, WEBHOOK_ID } from './fake-host.ts'
import { createFakeStorage } from './fake-storage.ts'
import type { TestWorld } from './test-world.ts'

/** However busy the machine is; longer than an edge lets anybody say. */
const patient: PreSendHook = { webhookId: WEBHOOK_ID, onFailure: 'reject', deadlineMs: 60_000 }
/** How long a test waits for what is to come. */
export const PATIENCE = { timeout: 20_000 }

/** Two who write to each other where the host is asked first, an admin, and what is told of what is held. */
export async function beforeSendScene(world: TestWorld, hook: Partial<PreSendHook> | null = {}) {
  const { tenantId, ana, ben, joe } = world.people('ana', 'ben', 'joe')
  const boss: Actor = { ...ana, userId: 'boss', role: 'admin' }
  const host = createFakeHost()
  const storage = createFakeStorage()
  const told: HeldMessage[] = []
  const outcomes: string[] = []
  const useCases = createUseCases({
    ...{ store: world.store, newId, hooks: host.hooks, claims: storage.claims },
    unsetPolicy: { users: { mustExist: false } },
    tell: (control: Control) => {
      if (control.kind === 'held_message_changed') told.push(control.held)
    },
    hookAsked: ({ outcome }) => void outcomes.push(outcome),
  })
  const { chat, admin, jobs } = useCases
  const backend = backendOf(ana)
  const setHook = (one: Partial<PreSendHook> | null, more: PolicySettings = {}) =>
    admin.setPolicy(backend, {
      groups: { notices: false },
      ...more,
      moderation: { preSendHook: one && { ...patient, ...one } },
    })
  await setHook(hook)
  const { conversation } = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
  const conversationId = conversation.id
  const send = (content: string, more: object = {}, by: Actor = ana) =>
    chat.sendMessage(by, { conversationId, content, ...more })
  return {
    ...{ world, tenantId, ana, ben, joe, boss, backend, host, storage, told, outcomes, useCases, chat, admin, jobs },
    ...{ conversationId, send, setHook },
    said: async (who: Actor = ben, id = conversationId) =>
      (await chat.listMessages(who, { conversationId: id })).data.map(
        ({ senderId, content }) => `${senderId}: ${content}`,
      ),
    queue: async () => (await admin.listHeldForReview(boss, {})).data,
    /** What a send is refused with: the code, and the words. */
    refusal: (call: Promise<unknown>) =>
      call.then(
        () => ['ok'],
        (err) => [err.code, err.message],
      ),
    /** As if it were the time of every job. */
    async runJobs() {
      await world.asOwner(`UPDATE jobs SET run_at = clock_timestamp() WHERE tenant_id = '${tenantId}'`)
      await runDueJobs({ queue: world.store.jobs, handlers: jobs, onFailed: (err) => Promise.reject(err) })
    },
    /** Something that is not ready until it is opened. */
    gate() {
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      return { open: () => open(), opened }
    },
    key: () => randomUUID(),
  }
}
