import { type Audience, type NotifiedMessage, previewOf, type Standing } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { SentBroadcast } from '../ports/broadcasts.ts'

type Place = Parameters<Audience['standingOf']>[1]['items'][number]

/** What they are told of is no message. */
const BARE: readonly (string | undefined)[] = ['added', 'context']
const SHOWN = 5

/** What may be shown of each, in their order; null: nothing. `unread`: only what they have not seen, with what is unread to them. */
export async function standings(
  deps: Deps,
  tenantId: string,
  places: readonly Place[],
  unread: boolean,
): Promise<(Standing | null)[]> {
  const inConversations = places.flatMap(({ conversationId, kind, ...place }) =>
    conversationId === null ? [] : { ...place, conversationId, isBare: BARE.includes(kind) },
  )
  const found = await deps.store.audience.standings(tenantId, inConversations, unread)
  if (inConversations.length === places.length) return found
  const announced = await announcementStandings(
    deps,
    tenantId,
    places.filter(({ conversationId }) => conversationId === null),
  )
  return places.map(({ conversationId }) => (conversationId === null ? announced : found).shift() ?? null)
}

/** Of broadcasts, which are named by their numbers, and of reports that wait, to who moderates. */
async function announcementStandings(
  { store, policies }: Deps,
  tenantId: string,
  places: readonly Place[],
): Promise<(Standing | null)[]> {
  const { roles } = await policies.of(tenantId)
  return store.snapshot(tenantId, async ({ broadcasts, reports, users }) => {
    const idsOf = (kind: string) => places.filter((place) => place.kind === kind).map(({ userId }) => userId)
    const reach = async (ids: readonly string[], words: readonly string[] | null) => {
      const people =
        ids.length === 0 ? [] : await users.reachable({ ids, roles: words, after: null, limit: ids.length })
      return new Map(people.map((person) => [person.userId, person]))
    }
    const listeners = await reach(idsOf('broadcast'), null)
    const moderators = await reach(idsOf('report'), roles.admin)
    const waiting = moderators.size > 0 ? await reports.countOpen() : 0
    const sent = new Map<string, Promise<SentBroadcast[]>>()
    const sentIn = ({ fromSeq, toSeq }: Place) => {
      const range = `${fromSeq} ${toSeq}`
      const found = sent.get(range) ?? broadcasts.between(fromSeq, toSeq, SHOWN)
      sent.set(range, found)
      return found
    }
    const shown: (Standing | null)[] = []
    for (const place of places) {
      const person = (place.kind === 'report' ? moderators : listeners).get(place.userId)
      const messages = person && place.kind === 'broadcast' ? (await sentIn(place)).map(toNotifiedMessage) : []
      const count = place.kind === 'report' ? waiting : messages.length
      shown.push(
        person && count > 0
          ? {
              ...{ conversation: null, messages, unreadCount: count, totalUnread: 0 },
              user: { name: person.name, locale: person.locale, email: person.email },
            }
          : null,
      )
    }
    return shown
  })
}

function toNotifiedMessage({ number, senderId, sender, message }: SentBroadcast): NotifiedMessage {
  const { id, title, content, at } = message
  const words = title === null ? content : `${title}: ${content}`
  return {
    ...{ id, seq: number, type: 'broadcast', senderId, senderName: sender.name, senderAvatarUrl: sender.avatarUrl, at },
    preview: previewOf({ type: 'text', content: words, payload: null }),
  }
}
