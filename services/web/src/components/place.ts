export const adminTabs = {
  conversations: 'Conversations',
  reports: 'Reports',
  held: 'Held',
  statistics: 'Statistics',
  broadcast: 'Broadcast',
  audit: 'Audit',
  policy: 'Policy',
  webhooks: 'Webhooks',
  undelivered: 'Undelivered',
} as const
export type AdminTab = keyof typeof adminTabs

/** What of the page is open. */
export type Place =
  | { view: 'chat'; conversationId: string | null }
  /** `seq`: the message at which the conversation is read. */
  | { view: 'admin'; tab: AdminTab; conversationId: string | null; seq: number | null }

const CHAT = '#/c/'
const ADMIN = '#/admin'
const isTab = (word: string | undefined): word is AdminTab => word !== undefined && Object.hasOwn(adminTabs, word)

/** What a hash says. Whatever somebody has typed there is a place: at worst a conversation that does not exist. */
export function placeIn(hash: string): Place {
  if (hash.startsWith(CHAT)) return { view: 'chat', conversationId: decoded(hash.slice(CHAT.length)) }
  if (hash !== ADMIN && !hash.startsWith(`${ADMIN}/`)) return { view: 'chat', conversationId: null }
  const [tab, id, seq = ''] = hash.slice(ADMIN.length + 1).split('/')
  return {
    view: 'admin',
    tab: isTab(tab) ? tab : 'conversations',
    conversationId: decoded(id),
    seq: /^[1-9]\d{0,14}$/.test(seq) ? Number(seq) : null,
  }
}

/** What is no encoding of anything stays as it is. */
function decoded(part = ''): string | null {
  try {
    return decodeURIComponent(part) || null
  } catch {
    return part
  }
}

export function hashOf(place: Place): string {
  const id = place.conversationId ? encodeURIComponent(place.conversationId) : null
  if (place.view === 'chat') return id ? CHAT + id : ''
  return [ADMIN, place.tab, ...(id ? [id] : []), ...(id && place.seq ? [place.seq] : [])].join('/')
}

export const isDeep = ({ conversationId }: Place) => conversationId !== null
