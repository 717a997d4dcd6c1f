import type { ServerEvent, ServerEventName, SyncResult, UploadPurpose } from '@parley/contracts'
import { browserStorage, storageOf } from '../identity/browser-storage.ts'
import { browserTab } from '../identity/browser-tab.ts'
import { browserPush } from '../net/browser-push.ts'
import { connectLive, type LiveConnection } from '../net/live-connection.ts'
import type { OnRefused } from '../net/request-failure.ts'
import {
  type AdminApi,
  createAdminApi,
  createFilesApi,
  createNotificationsApi,
  createRestApi,
  createWebhooksApi,
  type NotificationsApi,
  type RestApi,
  type WebhooksApi,
} from '../net/rest-api.ts'
import { placeOf } from '../net/site.ts'
import { uploadPicture } from '../net/upload-file.ts'
import { Announcements } from './announcements.ts'
import { AttachmentLinks } from './attachment-links.ts'
import { browserPresence } from './browser-presence.ts'
import { browserUploads } from './browser-uploads.ts'
import { CannedReplies } from './canned-replies.ts'
import { type ChatStore, createChatStore } from './chat-store.ts'
import { newClientId } from './client-id.ts'
import { ConversationLoader } from './conversation-loader.ts'
import { DeliveryMarker } from './delivery-marker.ts'
import { DraftKeeper } from './drafts.ts'
import { Freshness } from './freshness.ts'
import { History } from './history.ts'
import { Inspection } from './inspection.ts'
import { conversationOf, liveHandlers } from './live-events.ts'
import { MessageActions } from './message-actions.ts'
import { NotificationList } from './notification-list.ts'
import { Outbox } from './outbox.ts'
import { OwnAccount } from './own-account.ts'
import { OwnConversationActions } from './own-conversation-actions.ts'
import { keepOwnWords, type OwnWords } from './own-words.ts'
import { PendingChanges } from './pending-changes.ts'
import { PeopleActions } from './people-actions.ts'
import { ReadMarker } from './read-marker.ts'
import { ScheduledMessages } from './scheduled.ts'
import { TypingNotifier } from './typing-notifier.ts'
import type { Uploads } from './uploads.ts'
import { WebPush } from './web-push.ts'

/** Without a socket by then, the list comes over REST alone. */
const SOCKET_GRACE_MS = 1500
const RESTORED =
  'Parley was restored from a backup. What was written last may be missing: please look, and send it again.'

export interface ChatSessionOptions {
  token: string
  /** The token is not, or no longer, good. */
  onRefused: OnRefused
}

const inBrowser = browserStorage(() => localStorage)
// Over plain HTTP a browser has no locks.
const thisTab = browserTab(newClientId(), globalThis.navigator?.locks)

/** One person's page: ties the store to REST and the socket, and offers what a person can do. */
export class ChatSession implements Disposable {
  readonly store: ChatStore = createChatStore()
  readonly history: History
  readonly conversations: ConversationLoader
  readonly outbox: Outbox
  readonly uploads: Uploads
  /** Where attachments are opened from. */
  readonly links: AttachmentLinks
  readonly changes: PendingChanges
  readonly messages: MessageActions
  readonly scheduled: ScheduledMessages
  readonly canned: CannedReplies
  readonly own: OwnConversationActions
  readonly typing: TypingNotifier
  /** Who is there, and that this person is. */
  readonly presence: ReturnType<typeof browserPresence>
  readonly people: PeopleActions
  readonly account: OwnAccount
  /** Answers with the address that a picture of somebody or of a group has for all. @throws RequestFailure */
  readonly uploadPicture: (file: File, purpose: UploadPurpose, conversationId: string | null) => Promise<string>
  /** Answers admins only. */
  readonly admin: AdminApi
  /** Likewise. */
  readonly webhooks: WebhooksApi
  readonly announcements: Announcements
  /** How one is told while one is away. */
  readonly notifications: NotificationsApi
  /** What one was told of meanwhile. */
  readonly told: NotificationList
  /** Whether pushes come to this browser. */
  readonly push: WebPush
  readonly #rest: RestApi
  readonly #live: LiveConnection
  readonly #freshness: Freshness
  readonly #undo: (() => void)[] = []
  readonly #handlers: ReturnType<typeof liveHandlers>
  #words: OwnWords | null = null
  /** What an admin listens in to. */
  #inspection: Inspection | null = null

  constructor({ token, onRefused }: ChatSessionOptions) {
    this.#rest = createRestApi(token)
    this.admin = createAdminApi(token)
    this.webhooks = createWebhooksApi(token)
    this.notifications = createNotificationsApi(token)
    this.told = new NotificationList({
      api: this.notifications,
      seqOf: async (messageId) => (await this.#rest.getMessage({ messageId })).seq,
    })
    this.push = new WebPush({
      browser: browserPush(),
      api: this.notifications,
      storage: () => this.#storage(),
      newId: newClientId,
    })
    this.history = new History(this.store, this.#rest.listMessages)
    this.people = new PeopleActions(this.store, this.#rest)
    this.account = new OwnAccount({
      store: this.store,
      rest: this.#rest,
      countReports: () => this.admin.countOpenReports({}),
      onKnown: (me) => {
        this.#words ??= keepOwnWords(this.store, storageOf(me, inBrowser), {
          tab: thisTab,
          onUnkept: () =>
            this.notify('This browser stores nothing more. What is not sent yet is lost when you close this tab.'),
          onAdopted: () => this.outbox.resume(),
        })
      },
      onRefused,
    })
    this.announcements = new Announcements({
      store: this.store,
      list: this.#rest.listBroadcasts,
      storage: () => this.#storage(),
      now: Date.now,
    })
    this.#live = connectLive(token, {
      onState: (connection) => this.store.dispatch({ type: 'connection_changed', connection }),
      onEvent: (name, data) => this.#hear(name, data),
      onRefused,
      missed: () => this.conversations.missed(),
    })
    this.conversations = new ConversationLoader({
      store: this.store,
      rest: this.#rest,
      history: this.history,
      sync: (input) => this.#live.request('sync', input),
      connected: () => this.#live.connected,
      onRestored: () => this.#show(RESTORED),
      onRefused,
    })
    this.#freshness = new Freshness({
      state: () => this.store.getState(),
      sync: () => this.conversations.sync(),
    })
    const files = createFilesApi(token)
    this.uploadPicture = (file, purpose, conversationId) =>
      uploadPicture(token, { file, purpose, conversationId, key: newClientId() })
    this.links = new AttachmentLinks({ ask: files.linkAttachment, resolve: placeOf, now: Date.now })
    this.uploads = browserUploads({
      token,
      store: this.store,
      get: files.getAttachment,
      discard: files.discardAttachment,
      onUploaded: (conversationId) => this.outbox.proceed(conversationId),
    })
    this.#undo.push(() => this.uploads[Symbol.dispose]())
    this.outbox = new Outbox({
      store: this.store,
      files: this.uploads,
      send: async ({ conversationId, content, files: sent, clientId, replyTo }) => {
        const message = await this.#live.request('send_message', {
          conversationId,
          clientId,
          ...((content || sent.length === 0) && { content }),
          ...(sent.length > 0 && { attachments: sent.map(({ attachment }) => attachment.id) }),
          ...(replyTo && { replyTo: replyTo.id }),
        })
        void this.push.offer()
        return message
      },
      online: () => this.#live.connected && this.store.getState().connection === 'online',
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onRefused: (code) => {
        if (code === 'blocked') void this.people.learnBlocks()
        // The rules have changed since they were read.
        else if (code === 'invalid_input') void this.account.learnPolicy()
      },
    })
    this.changes = new PendingChanges({
      store: this.store,
      edit: (messageId, content) => this.#live.request('edit_message', { messageId, content }),
      remove: (messageId) => this.#live.request('delete_message', { messageId }),
      message: (messageId) => this.#rest.getMessage({ messageId }),
      notify: (text) => this.notify(text),
      connected: () => this.#live.connected,
    })
    this.messages = new MessageActions({
      store: this.store,
      addReaction: (messageId, emoji) => this.#live.request('add_reaction', { messageId, emoji }),
      removeReaction: (messageId, emoji) => this.#live.request('remove_reaction', { messageId, emoji }),
      hide: (messageId) => this.#live.request('delete_message', { messageId, for: 'me' }),
      pin: (messageId) => this.#live.request('pin_message', { messageId }),
      unpin: (messageId) => this.#live.request('unpin_message', { messageId }),
      listPins: async (conversationId) => (await this.#rest.listPins({ conversationId })).data,
      receipts: this.#rest.listReceipts,
      markUnread: (input) => this.#live.request('mark_unread', input),
      forward: (input) => this.#live.request('forward_message', input),
      act: (input) => this.#live.request('act_on_message', input),
      send: (input) => this.#live.request('send_message', input),
      notify: (text) => this.notify(text),
    })
    this.canned = new CannedReplies(this.#rest)
    this.scheduled = new ScheduledMessages({
      store: this.store,
      list: async () => (await this.#rest.listScheduledMessages({ limit: 100 })).data,
      schedule: this.#rest.scheduleMessage,
      update: this.#rest.updateScheduledMessage,
      cancel: (scheduledMessageId) => this.#rest.cancelScheduledMessage({ scheduledMessageId }),
    })
    this.own = new OwnConversationActions({
      store: this.store,
      request: (name, input) => this.#live.request(name, input),
      mute: (conversationId, until) => this.#live.request('mute_conversation', { conversationId, until }),
      notify: (text) => this.notify(text),
    })
    this.#handlers = liveHandlers({
      store: this.store,
      history: this.history,
      loader: this.conversations,
      changes: this.changes,
      announcements: this.announcements,
      told: this.told,
      freshness: this.#freshness,
      onReady: ({ me, at, sync }) => {
        this.#freshness.restart()
        this.account.know(me)
        void this.#afterReady(at, sync)
      },
      onHeld: (held) => this.outbox.decided(held),
      onBlock: () => void this.people.learnBlocks(),
      notify: (text) => this.notify(text),
    })
    this.typing = new TypingNotifier((name, conversationId) => {
      this.#live.request(name, { conversationId }).catch(() => {})
    })
    this.presence = browserPresence(this.store, this.#live)
    this.#undo.push(() => this.presence[Symbol.dispose]())
    const drafts = new DraftKeeper({
      store: this.store,
      put: (draft) => this.#live.request('put_draft', draft),
      remove: (conversationId) => this.#live.request('delete_draft', { conversationId }),
      message: (messageId) => this.#rest.getMessage({ messageId }),
      online: () => this.#live.connected,
      later: (run, ms) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    })
    this.#undo.push(
      this.store.subscribe(() => drafts.evaluate()),
      () => drafts[Symbol.dispose](),
    )
    this.#undo.push(this.store.subscribe(() => this.push.takeAwayRead(this.store.getState().conversations)))
    const marker = new ReadMarker(this.store, (conversationId, seq) =>
      this.#live.request('mark_read', { conversationId, seq }),
    )
    this.#undo.push(this.store.subscribe(() => void marker.evaluate()))
    const deliveries = new DeliveryMarker(this.store, (conversationId, seq) =>
      this.#live.request('mark_delivered', { conversationId, seq }),
    )
    this.#undo.push(this.store.subscribe(() => void deliveries.evaluate()))
    const grace = setTimeout(
      () => this.store.getState().list.status === 'loading' && this.conversations.loadList(),
      SOCKET_GRACE_MS,
    )
    this.#undo.push(() => clearTimeout(grace))
    const beforeUnload = (event: BeforeUnloadEvent) =>
      (this.#words?.atRisk || this.uploads.atRisk) && event.preventDefault()
    addEventListener('beforeunload', beforeUnload)
    this.#undo.push(() => removeEventListener('beforeunload', beforeUnload))
    void this.account.learnMe()
  }

  #storage() {
    const { me } = this.store.getState()
    return me && storageOf(me, inBrowser)
  }

  /** Nothing of this person stays in this browser; what is not sent goes as well. */
  signOut(): void {
    const storage = this.#storage()
    this[Symbol.dispose]()
    void this.push.turnOff()
    storage?.clear()
  }

  #hear<N extends ServerEventName>(name: N, data: ServerEvent<N>): void {
    const about = conversationOf(data)
    this.#freshness.hear(name, about)
    if (about !== null && about === this.#inspection?.conversationId) {
      this.#inspection.hear(name, data)
      // Heard as an observer: none of the person's own conversations.
      if (!this.store.getState().conversations[about] && name !== 'new_conversation') return
    }
    // The handlers' map relates name and data; a generic name loses that for the compiler.
    const handle = this.#handlers[name] as ((data: ServerEvent<N>) => void) | undefined
    handle?.(data)
  }

  async #afterReady(at: string, missed: SyncResult | undefined): Promise<void> {
    this.uploads.resume()
    this.outbox.resume()
    this.#join()
    this.presence.restart()
    void this.#inspection?.load()
    void this.people.learnBlocks()
    void this.announcements.load()
    void this.scheduled.load()
    void this.account.countReports()
    void this.account.learnPolicy()
    void this.push.resume()
    void this.told.count()
    await this.conversations.afterReady(at, missed)
    // What others have changed meanwhile is known first.
    this.changes.resume()
  }

  open(conversationId: string | null): void {
    const { openId } = this.store.getState()
    if (openId === conversationId) return
    this.typing.stop()
    if (openId) this.#live.request('leave_conversation', { conversationId: openId }).catch(() => {})
    this.store.dispatch({ type: 'conversation_opened', conversationId })
    if (!conversationId) return
    void this.conversations.open(conversationId)
    if (document.visibilityState === 'visible') void this.told.look(conversationId)
    this.#join()
  }

  /** "I have it open": typing is heard only then. A socket that is new has to say it again. */
  #join(): void {
    const { openId: conversationId, turnover: asked } = this.store.getState()
    if (!conversationId) return
    this.#live
      .request('join_conversation', { conversationId })
      .then((conversation) => this.store.dispatch({ type: 'conversation_loaded', conversation, asked }))
      .catch(() => {})
  }

  /** For an admin: reads a conversation and listens in, until `endInspection`. */
  inspect(conversationId: string, seq: number | null): Inspection {
    this.#inspection = new Inspection({
      conversationId,
      seq,
      me: this.store.getState().me,
      admin: this.admin,
      observe: () => this.#live.request('join_conversation', { conversationId }),
    })
    void this.#inspection.load()
    return this.#inspection
  }

  endInspection({ conversationId }: Inspection): void {
    if (this.#inspection?.conversationId === conversationId) this.#inspection = null
    // Open as one's own by now: the room is the same one.
    if (this.store.getState().openId === conversationId) return
    this.#live.request('leave_conversation', { conversationId }).catch(() => {})
  }

  /** Returns the conversation's id. @throws RequestFailure */
  async startConversation(userIds: readonly string[], title: string, clientId: string): Promise<string> {
    const group = userIds.length > 1
    const conversation = await this.#rest.createConversation({
      kind: group ? 'group' : 'direct',
      participants: userIds.map((userId) => ({ userId })),
      ...(group && title && { title }),
      clientId,
    })
    this.store.dispatch({ type: 'conversation_loaded', conversation })
    return conversation.id
  }

  notify(text: string): void {
    const id = this.#show(text)
    setTimeout(() => this.store.dispatch({ type: 'notice_dismissed', id }), 6000)
  }

  /** Until somebody puts it away. */
  #show(text: string): number {
    const id = Date.now() + Math.random()
    this.store.dispatch({ type: 'notice_shown', id, text })
    return id
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]()
    this.#words?.[Symbol.dispose]()
    for (const undo of this.#undo) undo()
  }
}
