import {
  type Actor,
  eventId,
  type Message,
  type MessageTelling,
  type MessageXray,
  ParleyError,
  type XrayStep,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import type { Deps } from '../deps.ts'
import { noSuchMessage } from '../refusals.ts'
import { audit } from './audit.ts'

/** As many people as are named; the others are counted. */
const MOST_NAMED = 50

/** What has become of a message of the tenant, by what is stored of it and what processes still remember. Never a word of it. */
export async function xrayMessage(
  deps: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<MessageXray> {
  requireAdmin(actor)
  const message = await deps.store.transaction(actor.tenantId, async (uow) => {
    const [found] = await uow.messages.byIds([messageId])
    if (!found) throw noSuchMessage()
    await audit(uow, actor, 'message.xrayed', messageId)
    return found
  })
  // each asks somebody else, who may be slow or away
  const [live, stream, tellings, receipts] = await Promise.all([
    liveSteps(deps, actor.tenantId, message),
    streamStep(deps, actor.tenantId, message),
    tellingSteps(deps, actor.tenantId, message),
    receiptSteps(deps, actor.tenantId, message),
  ])
  const { conversationId, seq, type, senderId } = message
  return {
    ...{ messageId, conversationId, seq, type, senderId },
    steps: [
      receivedStep(message, live.publisherId),
      committedStep(message),
      ...live.steps,
      stream,
      ...tellings,
      ...receipts,
      ...lastSteps(message),
    ],
  }
}

const known = (step: XrayStep['step'], at: string | null, says: string, who: string | null = null): XrayStep => ({
  ...{ step, at, who, says },
  isKnown: true,
})
const unknown = (step: XrayStep['step'], why: string, who: string | null = null): XrayStep => ({
  ...{ step, at: null, who, says: `not known, because ${why}` },
  isKnown: false,
})

/** Ids of messages are UUIDv7 (RFC 9562): they begin with when they were given. */
function receivedStep({ id }: Message, publisherId: string | undefined): XrayStep {
  if (id[14] !== '7') return unknown('received', 'its id does not say when it was given')
  const at = new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toISOString()
  const process = publisherId ?? null
  return known(
    'received',
    at,
    process
      ? 'taken in by this conversation process'
      : 'taken in; not known by which process, because only gateways remember that, for minutes',
    process,
  )
}

function committedStep({ createdAt, imported, seq }: Message): XrayStep {
  if (imported) return unknown('committed', 'it was brought in from an earlier system, with its time there')
  return known('committed', createdAt, `stored as number ${seq} of its conversation`)
}

async function liveSteps(
  { heardOf }: Deps,
  tenantId: string,
  { conversationId, seq }: Message,
): Promise<{ steps: XrayStep[]; publisherId?: string }> {
  const answer = await heardOf({ tenantId, conversationId, seq })
  if (!answer || answer.gateways === 0) return { steps: [unknown('told', 'no gateway is there to be asked')] }
  const { heard, gateways } = answer
  const steps = heard
    .sort((a, b) => (a.telling?.at ?? Number.POSITIVE_INFINITY) - (b.telling?.at ?? Number.POSITIVE_INFINITY))
    .map(({ gatewayId, telling, since, listens, users }): XrayStep => {
      const here = `${users} users of the conversation are connected there now`
      if (telling) {
        const late = telling.late ? ', late: it had been missed, and was asked for again' : ''
        return known('told', new Date(telling.at).toISOString(), `told live to this gateway${late}; ${here}`, gatewayId)
      }
      if (!listens) return known('told', null, 'this gateway has nobody of the tenant and does not listen', gatewayId)
      const from = new Date(since).toISOString()
      return unknown(
        'told',
        `this gateway remembers nothing of it, and what it heard since ${from}; ${here}`,
        gatewayId,
      )
    })
  if (heard.length < gateways)
    steps.push(unknown('told', `${gateways - heard.length} of ${gateways} gateways say nothing`))
  const publisherId = heard.find(({ telling }) => telling && !telling.late)?.telling?.publisherId
  return { steps, ...(publisherId !== undefined && { publisherId }) }
}

async function streamStep(
  { streamed, store, epochs }: Deps,
  tenantId: string,
  { conversationId, seq, createdAt, imported }: Message,
): Promise<XrayStep> {
  if (imported) return known('streamed', null, 'nobody is told of what was brought in')
  try {
    const id = eventId('message.created', conversationId, seq, 0, epochs.at(createdAt))
    const place = await streamed({ tenantId, id, at: createdAt })
    if (place === 'nowhere') return unknown('streamed', 'the bus is in this process and keeps nothing')
    if (place !== 'absent') return known('streamed', place.at, `stored in the event stream as ${place.sequence}`)
    // of all tenants together, and so no numbers
    const { depth, parked } = await store.outboxState()
    const waits = depth > 0 ? 'events wait to be stored there' : 'no event waits to be stored there'
    const aside = parked > 0 ? ', and some went aside' : ''
    return unknown('streamed', `it is not in the event stream, which lets go of what is old; ${waits}${aside}`)
  } catch (err) {
    if (!(err instanceof ParleyError)) throw err
    return unknown('streamed', 'the event stream does not answer')
  }
}

async function tellingSteps({ hooks }: Deps, tenantId: string, message: Message): Promise<XrayStep[]> {
  const { id: messageId, conversationId, seq } = message
  if (!hooks) return [unknown('notified', 'there is no notification worker')]
  try {
    const service: Actor = {
      ...{ tenantId, userId: 'conversation', role: 'service' },
      ...{ hostRole: null, name: null, avatarUrl: null },
    }
    const { tellings } = await hooks.toldOf(service, { messageId, conversationId, seq })
    if (tellings.length === 0)
      return [
        known('notified', null, 'nobody was notified: everybody had read it, was connected, or does not want to be'),
      ]
    return tellings.map(tellingStep)
  } catch (err) {
    if (!(err instanceof ParleyError)) throw err
    return [unknown('notified', 'the notification worker does not answer')]
  }
}

function tellingStep({ way, by, userId, state, at, reason }: MessageTelling): XrayStep {
  const why = reason ? `: ${reason}` : ''
  if (way === 'webhook') return known('webhook', at, `the webhook is told of it: ${state}${why}`, by)
  if (way === 'in_app') return known('notified', at, `in the list of the app: ${state}`, userId)
  return known('notified', at, `by ${by}: ${state}${why}`, userId)
}

/** As far as its sender would be told: some keep it to themselves. */
async function receiptSteps({ store }: Deps, tenantId: string, { id, senderId }: Message): Promise<XrayStep[]> {
  const found = await store.reads.receipts({ tenantId, userId: senderId }, id, null, MOST_NAMED)
  if (!found) return [unknown('read', 'its sender is not in the conversation any more, or does not see it')]
  const { receipts, deliveredCount, readCount } = found
  if (readCount === null || deliveredCount === null)
    return [unknown('read', 'its sender keeps receipts to themself, and so sees nobody else’s')]
  if (receipts.length === 0)
    return [known('read', null, `${deliveredCount} people have received it and ${readCount} have read it`)]
  return receipts.flatMap(({ userId, deliveredAt, readAt }) => [
    ...(deliveredAt ? [known('delivered', deliveredAt, 'received on a device', userId)] : []),
    readAt
      ? known('read', readAt, 'read', userId)
      : known('read', null, 'not read, as far as they let others know', userId),
  ])
}

function lastSteps({ editedAt, deletedAt }: Message): XrayStep[] {
  return [
    ...(editedAt ? [known('edited', editedAt, 'its words were changed last')] : []),
    ...(deletedAt ? [known('deleted', deletedAt, 'deleted for everyone')] : []),
  ]
}
