import type { ReplyPreview } from '@parley/contracts'
import type { BrowserStorage } from '../identity/browser-storage.ts'
import type { BrowserTab } from '../identity/browser-tab.ts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'
import { isUploaded, type Outgoing } from './outgoing.ts'

const UNSENT = 'unsent/'
const DRAFT = 'draft/'
const ANSWERS = 'answers/'
/** With when the server was given the draft that was sent, or thrown away, and that it was not told so of. */
const EMPTIED = 'emptied/'

/** What somebody has written that only this browser has. */
export interface OwnWords extends Disposable {
  /** Some of it could not be stored, and goes with the tab. */
  readonly atRisk: boolean
}

interface OwnWordsDeps {
  tab: BrowserTab
  /** The browser stores nothing more. */
  onUnkept(): void
  /** What a closed tab had not sent is here, to be sent. */
  onAdopted(): void
}

/**
 * Keeps what somebody has written until the server has it: drafts, and messages that wait or were refused. It survives the
 * tab. The clientId is kept too, so a message that had reached the server after all is not sent twice. What another tab sends is that
 * one's while it is open.
 */
export function keepOwnWords(store: ChatStore, storage: BrowserStorage, deps: OwnWordsDeps): OwnWords {
  const { tab, onUnkept, onAdopted } = deps
  let isOver = false
  const adopt = (owner: string | null) => {
    if (isOver) return
    const found = storedUnsent(storage).filter((entry) => ownerIn(storage, entry) === owner)
    for (const entry of found) {
      // From now on this tab's, so that no third one takes it as well.
      storage.set(UNSENT + entry.clientId, JSON.stringify({ ...entry, tab: tab.id }))
      store.dispatch({ type: 'send_queued', entry: withoutLostFiles(entry) })
    }
    if (found.length > 0) onAdopted()
  }
  const owners = new Set(storedUnsent(storage).map((entry) => ownerIn(storage, entry)))
  for (const key of storage.keys()) {
    const text = key.startsWith(DRAFT) ? storage.get(key) : null
    if (text) store.dispatch({ type: 'draft_changed', conversationId: key.slice(DRAFT.length), text })
    const replyTo = key.startsWith(ANSWERS) ? previewIn(storage.get(key)) : null
    if (replyTo) store.dispatch({ type: 'reply_chosen', conversationId: key.slice(ANSWERS.length), replyTo })
  }
  const emptied = new Map(
    storage
      .keys()
      .flatMap((key) => (key.startsWith(EMPTIED) ? [[key.slice(EMPTIED.length), storage.get(key)] as const] : [])),
  )
  /** A draft that is still the one which was sent just before a tab was closed is none; one of another device that came later stays. */
  const emptyAgain = () => {
    const { conversations, unsaved } = store.getState()
    for (const [conversationId, at] of emptied) {
      const conversation = conversations[conversationId]
      if (!conversation) continue
      emptied.delete(conversationId)
      if (conversation.me.draft?.updatedAt === at && !unsaved[conversationId])
        store.dispatch({ type: 'draft_changed', conversationId, text: '' })
      else storage.remove(EMPTIED + conversationId)
    }
  }
  for (const owner of owners) {
    // Of a release that did not say whose it is, or of somebody who signed in here before.
    if (owner === null || owner === tab.id) adopt(owner)
    else tab.whenClosed(owner, () => adopt(owner))
  }
  let stored = wordsOf(store.getState())
  let unkept = new Set<string>()
  const stop = store.subscribe(() => {
    if (emptied.size > 0) emptyAgain()
    const words = wordsOf(store.getState())
    if (words.parts.every((part, index) => part === stored.parts[index])) return
    const before = stored.byKey
    stored = words
    for (const key of before.keys())
      if (!words.byKey.has(key)) {
        storage.remove(key)
        unkept.delete(key)
      }
    for (const [key, value] of words.byKey) {
      if (before.get(key) === value && !unkept.has(key)) continue
      if (
        storage.set(
          key,
          typeof value === 'string' ? value : JSON.stringify('clientId' in value ? { ...value, tab: tab.id } : value),
        )
      )
        unkept.delete(key)
      else {
        if (unkept.size === 0) onUnkept()
        unkept.add(key)
      }
    }
  })
  emptyAgain()
  return {
    get atRisk() {
      return unkept.size > 0
    },
    [Symbol.dispose]() {
      isOver = true
      stop()
      unkept = new Set()
    },
  }
}

function wordsOf({ outgoing, drafts, replies, unsaved, conversations }: ChatState) {
  const byKey = new Map<string, Outgoing | ReplyPreview | string>()
  for (const entry of Object.values(outgoing).flat()) byKey.set(UNSENT + entry.clientId, entry)
  for (const conversationId of Object.keys(unsaved)) {
    const text = drafts[conversationId]
    const saved = conversations[conversationId]?.me.draft
    if (text !== undefined) byKey.set(DRAFT + conversationId, text)
    else if (saved) byKey.set(EMPTIED + conversationId, saved.updatedAt)
  }
  for (const [conversationId, replyTo] of Object.entries(replies))
    if (unsaved[conversationId]) byKey.set(ANSWERS + conversationId, replyTo)
  return { parts: [outgoing, drafts, replies, unsaved, conversations], byKey }
}

/** In the order in which they were written. */
function storedUnsent(storage: BrowserStorage): Outgoing[] {
  return storage
    .keys()
    .filter((key) => key.startsWith(UNSENT))
    .map((key) => entryIn(storage.get(key)))
    .filter((entry) => entry !== null)
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0))
}

/** Which tab sends it; null: none says so. */
function ownerIn(storage: BrowserStorage, { clientId }: Outgoing): string | null {
  try {
    const { tab } = JSON.parse(storage.get(UNSENT + clientId) ?? '') as { tab?: unknown }
    return typeof tab === 'string' ? tab : null
  } catch {
    return null
  }
}

function entryIn(text: string | null): Outgoing | null {
  try {
    const { tab: _owner, ...entry } = JSON.parse(text ?? '') as Partial<Outgoing> & { tab?: unknown }
    const strings = [entry.clientId, entry.conversationId, entry.content, entry.createdAt]
    // Anybody can write into the storage, a former release of this page for one.
    if (strings.some((part) => typeof part !== 'string')) return null
    return {
      afterSeq: 0,
      replyTo: null,
      files: [],
      state: 'sending',
      attempted: true,
      ...NOT_FAILED,
      ...entry,
      echoId: null,
    } as Outgoing
  } catch {
    return null
  }
}

function previewIn(text: string | null): ReplyPreview | null {
  try {
    const preview = JSON.parse(text ?? '') as Partial<ReplyPreview>
    const isOne =
      typeof preview.id === 'string' && typeof preview.seq === 'number' && typeof preview.content === 'string'
    return isOne && typeof preview.sender === 'object' ? (preview as ReplyPreview) : null
  } catch {
    return null
  }
}

/** Files live as long as the tab: what was not uploaded by then cannot be sent any more. */
function withoutLostFiles(entry: Outgoing): Outgoing {
  if (isUploaded(entry)) return entry
  const detail = 'This page was closed before its files were uploaded. Attach them again.'
  return { ...entry, state: 'failed', code: 'not_found', detail, retryable: false }
}

const NOT_FAILED = { code: null, detail: null, retryable: true }
