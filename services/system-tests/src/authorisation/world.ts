import type { Conversation, Report } from '@parley/contracts'
import { files } from '../files/file-client.ts'
import { connect, rest, type TestSocket } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'
import { holdMessages } from './held.ts'
import { createPool } from './pool.ts'
import { type Place, type Role, roles } from './roles.ts'
import type { Pair } from './scene-files.ts'
import { type Caller, createScenes, idOf, type Member, members, missingId, policy, sure } from './scenes.ts'
import { createSceneWebhook, type SceneWebhook } from './webhooks.ts'

/** What a probe is aimed at. Which of them an operation takes is its case's business. */
export interface Target {
  conversationId: string
  messageId: string
  /** An offer that waits for whoever asks, and one for the host. */
  offerId: string
  forHost: string
  userId: string
  contextId: string
  reportId: string
  scheduledMessageId: string
  heldMessageId: string
  /** A status that leaves the conversation as it is. */
  status: string
  members: Member[]
  /** An id that nobody has used. */
  newcomer: string
  /** A user to whom anybody may write, and nobody has. */
  provider: string
  policy: Record<string, unknown>
  files: TargetFiles
  /** A signed link's token. */
  link: string
  webhook: SceneWebhook
  askerId: string
  token: string | undefined
}
/** Attachments: two of a message, and of those that are in none the asker's and the host's, each beside one to be taken back. */
export interface TargetFiles {
  sent: string
  image: string
  own: string
  discarded: string
  hosts: string
  hostsDiscarded: string
  /** Resumable uploads that the owner has begun. */
  begun: Pair
  /** The owner's profile picture. */
  picture: string
}
/** What cannot be shared between probes that succeed. */
export type Supply =
  | 'message'
  | 'offer'
  | 'group'
  | 'quiet'
  | 'context'
  | 'user'
  | 'report'
  | 'asker'
  | 'aside'
  | 'schedule'
  | 'held'
  | 'link'

/** The scenes, and fresh parts of them for the probes that would disturb each other. */
export async function createWorld(stack: TestStack) {
  const scenes = await createScenes(stack)
  const {
    token,
    as,
    owner,
    backend,
    moderator,
    other,
    say,
    offer,
    putContext,
    ownOfBlocked,
    sceneOf,
    portrait,
    begun,
  } = scenes
  let count = 0
  const newId = (what: string) => `${what}-${(++count).toString().padStart(5, '0')}`
  const bulk = <T>(by: Caller, path: string, key: string, make: () => T & object) =>
    createPool(async () => {
      const made = Array.from({ length: 100 }, make)
      await by('PUT', path, { [key]: made })
      return made
    })
  const keeper = sure(rest(stack, '', stack.token('person-keeper', { tenant: 'alpha', role: 'provider' })))
  const provider = () => ({ userId: newId('person-provider'), role: 'provider' })
  const takeProvider = bulk(backend, '/users', 'users', provider)
  const takeForeignProvider = bulk(other.backend, '/users', 'users', provider)
  const takeForeigner = bulk(other.backend, '/users', 'users', () => ({ userId: newId('person-foreigner') }))
  const booking = (who: Member[], title: string) => () => ({
    ...{ type: 'booking', id: newId('booking'), title },
    members: who,
  })
  const unstarted = booking(members('exParticipant'), 'secret-alpha-unstarted.')
  const takeContext = bulk(backend, '/contexts', 'contexts', unstarted)
  const foreignOnly = booking(members('participant'), 'secret-beta-foreign.')
  const takeForeignContext = bulk(other.backend, '/contexts', 'contexts', foreignOnly)
  const inGroup = sceneOf('owner', 'group')!.conversationId
  const inForeign = sceneOf('owner', 'foreign')!.conversationId
  const reportOn = async (by: Caller, conversationId: string) =>
    (await by<Report>('POST', '/reports', { conversationId, reason: 'other', note: 'secret' })).id
  const reports = { reported: await reportOn(owner, inGroup), foreign: await reportOn(other.owner, inForeign) }

  /** Somebody's in the other tenant has the same name as the admin there. */
  const nameOf = (role: Role): Role => (role === 'foreignAdmin' ? 'participant' : role)
  const userAt: Partial<Record<Place, string>> = {
    known: idOf('spare'),
    stranger: 'person-stranger',
    foreign: 'person-foreigner',
    missing: 'person-missing',
  }

  /** Whose offer this one may decide on. */
  const makerFor = (role: Role, place: Place): Role => {
    if (place === 'context' || place === 'readOnly') return role === 'blocked' ? 'owner' : 'blocked'
    return role === 'owner' ? 'participant' : 'owner'
  }

  /** A group that goes by the probe: the asker is in it as they are in the others, and so is the spare. */
  const freshGroup = async (role: Role, place: Place): Promise<string> => {
    const mine =
      role === 'owner' || role === 'service'
        ? []
        : [{ userId: idOf(role), role: role === 'observer' ? role : 'member' }]
    // by somebody whom nobody blocks: the others block each other by and by
    const { id } = await keeper<Conversation>('POST', '/conversations', {
      kind: 'group',
      participants: [{ userId: idOf('owner'), role: 'owner' }, ...mine, { userId: idOf('spare') }],
    })
    if (place === 'closed') await moderator('PUT', `/admin/conversations/${id}/status`, { status: 'closed' })
    return id
  }
  const foreignGroup = async () => {
    const participants = [{ userId: idOf('spare') }]
    return (await other.owner<Conversation>('POST', '/conversations', { kind: 'group', participants })).id
  }
  /** A conversation in which nobody else writes. */
  const quiet = async (place: Place): Promise<string> => {
    if (place === 'group' || place === 'closed') return freshGroup('service', place)
    const [one, two] = [await takeProvider(), await takeProvider()]
    const first = sure(rest(stack, '', stack.token(one.userId, { tenant: 'alpha', role: 'provider' })))
    if (place === 'direct')
      return (
        await first<Conversation>('POST', '/conversations', { kind: 'direct', participants: [{ userId: two.userId }] })
      ).id
    const { id } = await takeContext()
    const opened = await owner<Conversation>('POST', `/contexts/booking/${id}/conversation`, {})
    if (place === 'readOnly') await putContext(backend, id, 'quiet', members('exParticipant'), 'done')
    return opened.id
  }

  const webhookOf = (tenant: string) => {
    const backend = stack.token(`backend-${tenant}`, { tenant, role: 'service' })
    return createSceneWebhook(rest({ ...stack, restUrls: stack.notifierUrls }, '', backend).call)
  }
  const ofTenants = { group: await webhookOf('alpha'), foreign: await webhookOf('beta') }
  const held = await holdMessages(rest(stack, '', token('owner')).call, {
    ...{ moderator, webhookId: ofTenants.group.webhookId, replicas: stack.restUrls.length },
    conversationId: await freshGroup('service', 'group'),
  })

  const filesOf = (role: Role, place: Place): TargetFiles => {
    const there = sceneOf(role, place === 'anywhere' ? 'group' : place)?.files
    const none = [missingId, missingId] as const
    // in another tenant they have none
    const [own, discarded] = there?.unsent.get(nameOf(role)) ?? there?.hosts ?? none
    const [hosts, hostsDiscarded] = there?.hosts ?? none
    const [sent, image] = there?.sent ?? none
    return { ...{ sent, image, own, discarded, hosts, hostsDiscarded }, begun, picture: portrait }
  }

  return {
    token,
    /** Undefined where the role has no message of its own to speak of. */
    hasOwn: (role: Role, place: Place) => place === 'missing' || sceneOf(role, place)?.own.has(nameOf(role)) === true,
    /** `succeeds`: the probe is expected to change what it is aimed at. */
    async target(role: Role, place: Place, whose?: 'own' | 'other', uses?: Supply, succeeds = false): Promise<Target> {
      const found = sceneOf(role, place)
      const isOwner = role === 'owner'
      const asker = uses === 'asker' && succeeds ? newId(idOf(role)) : idOf(role)
      const target: Target = {
        conversationId: found?.conversationId ?? missingId,
        messageId:
          (whose === 'own' ? found?.own.get(nameOf(role)) : isOwner ? found?.toOwner : found?.other) ?? missingId,
        offerId: found?.offers.get(makerFor(role, place)) ?? found?.other ?? missingId,
        forHost: found?.forHost ?? missingId,
        userId: place === 'self' ? idOf(role) : (userAt[place] ?? idOf('spare')),
        contextId: place === 'context' || place === 'foreign' ? `booking-${place}` : newId('booking-none'),
        scheduledMessageId: missingId,
        heldMessageId: place === 'group' ? held[0]! : missingId,
        reportId: place === 'reported' || place === 'foreign' ? reports[place] : missingId,
        status: ({ closed: 'closed', readOnly: 'read_only' } as Record<string, string>)[place] ?? 'active',
        members: members('exParticipant'),
        newcomer: newId('person-new'),
        provider: '',
        policy,
        files: filesOf(role, place),
        link: '',
        webhook: ofTenants[place as keyof typeof ofTenants] ?? { webhookId: missingId, deliveryId: missingId },
        askerId: asker,
        token: token(role, asker),
      }
      if (place === 'anywhere')
        target.provider = (await (role === 'foreignAdmin' ? takeForeignProvider : takeProvider)()).userId
      if (place === 'unstarted') target.contextId = (await takeContext()).id
      if (place === 'foreign' && uses === 'context') target.contextId = (await takeForeignContext()).id
      if (uses === 'aside') target.messageId = found?.aside ?? missingId
      if (!succeeds) return target
      if (uses === 'held') target.heldMessageId = held.pop()!
      if (uses === 'group') target.conversationId = await freshGroup(role, place)
      if (uses === 'schedule') {
        const sendAt = new Date(Date.now() + 3_600_000).toISOString()
        const later = { conversationId: target.conversationId, content: 'secret-alpha-group.', sendAt }
        target.scheduledMessageId = (await as(role)<{ id: string }>('POST', '/scheduled-messages', later)).id
      }
      if (uses === 'link') {
        const linked = await files(stack, '', token('owner')).link(portrait)
        target.link = linked.body.url.split('/').at(-1)!
      }
      if (uses === 'quiet') target.conversationId = await quiet(place)
      if (uses === 'user' && place === 'missing') target.userId = newId('person-missing')
      if (uses === 'user' && place === 'foreign') target.userId = (await takeForeigner()).userId
      // of a conversation of its own: a second report of the same by the same person is the first one
      if (uses === 'report')
        target.reportId = await (place === 'foreign'
          ? reportOn(other.owner, await foreignGroup())
          : reportOn(owner, await freshGroup('service', 'group')))
      // where nobody writes any more the host has those that are there
      if (uses === 'offer' && place !== 'closed' && place !== 'readOnly') {
        const title = `secret-alpha-${place === 'direct' ? 'direct-participant' : place}.`
        const fresh = await offer(target.conversationId, makerFor(role, place), title)
        Object.assign(target, { offerId: fresh, forHost: fresh })
      }
      if (uses === 'message')
        target.messageId =
          role === 'blocked' && place === 'direct'
            ? ownOfBlocked.pop()!
            : await say(
                backend,
                target.conversationId,
                role,
                `secret-alpha-${place === 'direct' ? `direct-${role === 'owner' ? 'participant' : role}` : place}.`,
              )
      return target
    },
    /** Sockets of everybody who is let in, on each gateway; who is to be disabled has theirs from before. */
    async connectAll(): Promise<Map<Role, TestSocket>[]> {
      const sockets = await Promise.all(
        stack.gatewayUrls.map(async (_, gateway) => {
          const theirs = roles.filter((role) => role !== 'none')
          const opened = theirs.map(
            async (role) => [role, await connect(stack, '', { gateway, token: token(role)! })] as const,
          )
          return new Map(await Promise.all(opened))
        }),
      )
      // every replica has heard of everybody
      for (const role of roles) if (role !== 'none') for (const _ of stack.restUrls) await as(role)('GET', '/me')
      await moderator('PUT', `/users/${idOf('disabled')}/disabled`)
      return sockets
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
