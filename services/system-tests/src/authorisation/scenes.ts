import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation, Message } from '@parley/contracts'
import { rest, type TestRest } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'
import { type Place, type Role, roles } from './roles.ts'
import { createUploads, type SceneFiles } from './scene-files.ts'

export interface Member {
  userId: string
  role: string
}

/** The same people in both tenants; `spare` is in most of it and asks nothing. */
export const idOf = (role: Role | 'spare') => (role === 'foreignAdmin' ? 'person-participant' : `person-${role}`)
const wordOf = (role: Role) =>
  ({ owner: 'provider', observer: 'guest', admin: 'admin', service: 'service' })[role as string] ?? 'customer'
const talkers = ['owner', 'participant', 'exParticipant', 'rejoined', 'observer', 'blocked', 'disabled'] as const
/** Members of contexts, and the words that the host has for them there. */
export const members = (...without: Role[]) =>
  (['owner', 'participant', 'exParticipant', 'rejoined', 'blocked', 'disabled', 'spare'] as const)
    .filter((role) => !without.includes(role as Role))
    .map((role) => ({ userId: idOf(role), role: role === 'blocked' ? 'partner' : 'client' }))
export const policy = {
  conversations: { direct: [{ from: '*', to: 'provider' }], group: ['customer', 'provider', 'admin', 'service'] },
  contexts: {
    booking: { conversation: 'one', starters: ['client'], statuses: { done: { conversation: 'read_only' } } },
  },
  users: { visible: 'shared' },
  rateLimits: { userMessages: null, conversationMessages: null, tenantMessages: null, userCalls: null },
} as const
export const missingId = '01900000-0000-7000-8000-000000000000'

/** A conversation with a message of each who is or was in it, and one of somebody else's that all who are in it see. */
export interface Scene {
  conversationId: string
  own: Map<Role, string>
  other: string
  /** What people delete for themselves, and nobody asks for otherwise. */
  aside: string
  /** Of the owner's, whose own is not somebody else's. */
  toOwner: string
  /** Offers that wait for a decision, by who made them. */
  offers: Map<Role, string>
  /** And one for the host to decide on. */
  forHost: string
  files: SceneFiles
}

/** What the matrix is tried on. Contents and titles say whose they are: `secret-<tenant>-<scene>.` */
export async function createScenes(stack: TestStack) {
  const token = (role: Role, userId = idOf(role)) =>
    role === 'none'
      ? undefined
      : role === 'foreignAdmin'
        ? stack.token(userId, { tenant: 'beta', role: 'admin' })
        : stack.token(userId, { tenant: 'alpha', role: wordOf(role) })
  const as = (role: Role) => sure(rest(stack, '', token(role)))
  const [owner, backend, moderator] = [as('owner'), as('service'), as('admin')]
  const foreignBackend = stack.token('backend', { tenant: 'beta', role: 'service' })
  const other = {
    backend: sure(rest(stack, '', foreignBackend)),
    owner: sure(rest(stack, '', stack.token('person-owner', { tenant: 'beta', role: 'provider' }))),
  }
  const say = async (
    by: Caller,
    conversationId: string,
    role: Role,
    content: string,
    attachments: readonly string[] = [],
  ) =>
    (
      await by<Message>('POST', `/conversations/${conversationId}/messages`, {
        content: `${content} by ${role}`,
        as: idOf(role),
        ...(attachments.length > 0 && { attachments }),
      })
    ).id
  const uploads = await createUploads(stack, token)
  const offer = async (conversationId: string, role: Role, title: string) =>
    (
      await backend<Message>('POST', `/conversations/${conversationId}/messages`, {
        type: 'service_offer',
        payload: { title: `${title} by ${role}`, amount: 100, currency: 'EUR' },
        as: idOf(role),
      })
    ).id
  /** What waits there for a decision of everybody's: about a context, for those who have another role than whoever made it. */
  const offersIn = async (conversationId: string, title: string, makers: readonly Role[]) => {
    const offers = new Map<Role, string>()
    for (const maker of makers) offers.set(maker, await offer(conversationId, maker, title))
    return { offers, forHost: await offer(conversationId, makers[0]!, title) }
  }
  const createGroup = (by: Caller, title: string, who: readonly string[]) =>
    by<Conversation>('POST', '/conversations', {
      kind: 'group',
      title,
      participants: who.map((userId) => ({ userId })),
    })
  const putContext = (by: Caller, id: string, title: string, who: Member[], status?: string) =>
    by('PUT', `/contexts/booking/${id}`, { title, members: who, ...(status && { status }) })

  /** Everybody says something, two go, one of them comes back. */
  const scene = async (
    place: string,
    { id: conversationId }: Conversation,
    { go, comeBack }: { go: () => Promise<unknown>; comeBack: () => Promise<unknown> },
    who: readonly Role[],
  ): Promise<Scene & { hidden: string; hiddenFiles: SceneFiles }> => {
    const own = new Map<Role, string>()
    const visible = `secret-alpha-${place}.`
    const hiddenFiles = await uploads.into(conversationId, 'secret-alpha-hidden.', [])
    const shown = await uploads.into(conversationId, visible, who)
    for (const role of who)
      own.set(
        role,
        await say(backend, conversationId, role, 'secret-alpha-hidden.', role === 'rejoined' ? hiddenFiles.sent : []),
      )
    await go()
    await say(backend, conversationId, 'owner', 'secret-alpha-hidden.')
    await comeBack()
    const hidden = own.get('rejoined')!
    const [mine, aside, theirs, last] = [
      await say(backend, conversationId, 'rejoined', visible),
      await say(backend, conversationId, 'owner', visible),
      await say(backend, conversationId, 'owner', visible, shown.sent),
      await say(backend, conversationId, 'participant', visible),
    ]
    const makers: Role[] = place === 'context' || place === 'readOnly' ? ['blocked', 'owner'] : ['owner', 'participant']
    const decidable = await offersIn(conversationId, visible, makers)
    return {
      ...{ conversationId, own: own.set('rejoined', mine), aside, other: theirs, toOwner: last, hidden, ...decidable },
      ...{ files: shown, hiddenFiles },
    }
  }
  const groupScene = async (place: string) => {
    const who = [...talkers.filter((role) => role !== 'owner').map(idOf), idOf('spare')]
    const made = await createGroup(owner, `secret-alpha-${place}.`, who)
    const seat = (role: Role) => `/conversations/${made.id}/participants/${idOf(role)}`
    const found = await scene(
      place,
      made,
      {
        async go() {
          await owner('DELETE', seat('exParticipant'))
          await owner('DELETE', seat('rejoined'))
        },
        comeBack: () => owner('POST', `/conversations/${made.id}/participants`, { userId: idOf('rejoined') }),
      },
      talkers,
    )
    await owner('PATCH', seat('observer'), { role: 'observer' })
    if (place === 'closed') await moderator('PUT', `/admin/conversations/${made.id}/status`, { status: 'closed' })
    return found
  }
  const contextScene = async (place: string) => {
    const [id, title] = [`booking-${place}`, `secret-alpha-${place}.`]
    await putContext(backend, id, title, members())
    const made = await owner<Conversation>('POST', `/contexts/booking/${id}/conversation`, {})
    const found = await scene(
      place,
      made,
      {
        go: () => putContext(backend, id, title, members('exParticipant', 'rejoined')),
        comeBack: () => putContext(backend, id, title, members('exParticipant')),
      },
      talkers.filter((role) => role !== 'observer'),
    )
    if (place === 'readOnly') await putContext(backend, id, title, members('exParticipant'), 'done')
    return found
  }
  const directScene = async (role: 'participant' | 'blocked' | 'disabled'): Promise<Scene> => {
    const { id: conversationId } = await as(role)<Conversation>('POST', '/conversations', {
      kind: 'direct',
      participants: [{ userId: idOf('owner') }],
    })
    const content = `secret-alpha-direct-${role}.`
    const shown = await uploads.into(conversationId, content, ['owner', role])
    const [mine, aside, theirs] = [
      await say(backend, conversationId, role, content),
      await say(backend, conversationId, 'owner', content),
      await say(backend, conversationId, 'owner', content, shown.sent),
    ]
    const decidable = await offersIn(conversationId, content, ['owner', role])
    const own = new Map<Role, string>([
      [role, mine],
      ['owner', theirs],
    ])
    return { conversationId, own, aside, other: theirs, toOwner: mine, ...decidable, files: shown }
  }
  /** The other tenant's: everybody is in it but who moderates there. */
  const foreignScene = async () => {
    const who = roles.filter((role) => !['none', 'owner', 'foreignAdmin', 'participant'].includes(role))
    const made = await createGroup(other.owner, 'secret-beta-foreign.', [...who.map(idOf), idOf('spare')])
    const own = new Map<Role, string>()
    for (const role of [...who, 'owner'] as const)
      own.set(role, await say(other.backend, made.id, role, 'secret-beta-foreign.'))
    const shown = await uploads.into(made.id, 'secret-beta-foreign.', [], foreignBackend)
    const aside = await say(other.backend, made.id, 'owner', 'secret-beta-foreign.', shown.sent)
    const [other_, toOwner] = [own.get('owner')!, own.get('outsider')!]
    const decidable = { offers: new Map(), forHost: other_ }
    return { conversationId: made.id, own, aside, other: other_, toOwner, ...decidable, files: shown }
  }

  for (const by of [backend, other.backend]) await by('PUT', '/admin/policy', policy)
  const people = [...new Set(roles.filter((role) => role !== 'none').map(idOf)), idOf('spare')]
  const profiles = (tenant: string) =>
    people.map((userId) => ({ userId, email: `secret-${tenant}-email-${userId}.@example.com` }))
  await backend('PUT', '/users', {
    users: [
      ...profiles('alpha'),
      { userId: 'person-stranger', email: 'secret-alpha-email.@example.com' },
      { userId: 'person-recluse', role: 'recluse' },
      { userId: 'person-blocker', role: 'provider' },
    ],
  })
  await other.backend('PUT', '/users', {
    users: [
      ...profiles('beta'),
      { userId: 'person-foreigner', email: 'secret-beta-email.@example.com' },
      { userId: 'person-blocker', role: 'provider' },
    ],
  })
  await owner('GET', '/me')
  await other.owner('GET', '/me')
  const [group, closed, context, readOnly, participant, blocked, disabled, foreign] = await Promise.all([
    groupScene('group'),
    groupScene('closed'),
    contextScene('context'),
    contextScene('readOnly'),
    directScene('participant'),
    directScene('blocked'),
    directScene('disabled'),
    foreignScene(),
  ])
  // ids that both tenants have
  for (const place of ['context', 'readOnly', 'foreign'] as const)
    await putContext(other.backend, `booking-${place}`, 'secret-beta-foreign.', members('participant'))
  for (const place of ['context', 'foreign'] as const)
    await other.owner('POST', `/contexts/booking/booking-${place}/conversation`, {})
  const ownOfBlocked = await Promise.all(
    Array.from({ length: 8 }, () => say(backend, blocked.conversationId, 'blocked', 'secret-alpha-direct-blocked.')),
  )
  const blocker = sure(rest(stack, '', stack.token('person-blocker', { tenant: 'alpha', role: 'provider' })))
  await createGroup(blocker, 'secret-alpha-blocker.', [idOf('blocked')])
  for (const by of [blocker, owner]) await by('PUT', `/users/${idOf('blocked')}/block`)

  const scenes: Partial<Record<Place, Scene>> = { group, closed, context, readOnly, foreign }
  return {
    portrait: await uploads.portrait('owner'),
    begun: await uploads.begin('owner', group.conversationId),
    ...{ token, as, owner, backend, moderator, other, say, offer, putContext },
    ownOfBlocked,
    sceneOf(role: Role, place: Place): Scene | undefined {
      if (place === 'hidden')
        return { ...group, other: group.hidden, toOwner: group.hidden, files: { ...group.files, ...group.hiddenFiles } }
      if (place !== 'direct') return scenes[place]
      return role === 'blocked' ? blocked : role === 'disabled' ? disabled : participant
    },
  }
}

export type Caller = ReturnType<typeof sure>

/** A call that has to succeed, for what a test is built on. */
export function sure({ call }: TestRest) {
  return async <T = unknown>(method: string, path: string, body?: unknown): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const reply = await call<T>(method, path, body)
      if (reply.status <= 204) return reply.body
      if (reply.status !== 503 || attempt === 10)
        throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
      await sleep(100 * attempt)
    }
  }
}
