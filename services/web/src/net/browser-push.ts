import type { WebPushSubscription } from '@parley/contracts'
import type { OpenConversation } from '../service-worker/pushes.ts'
import { besidePage, scopeOfPage } from './site.ts'

/** What a browser has of pushes. */
export interface BrowserPush {
  /** It has them at all. */
  readonly supported: boolean
  permission(): NotificationPermission
  /** Asks the person, where they have not decided; browsers want that as an answer to a click. */
  ask(): Promise<NotificationPermission>
  /** The address at which pushes reach this browser; the one that there is, where it was made with this key. */
  subscribe(publicKey: string): Promise<WebPushSubscription>
  /** Whatever is still sent there reaches nobody. */
  unsubscribe(): Promise<void>
  /** Takes away what this browser shows of pushes with such a tag. */
  takeAway(isOver: (tag: string) => boolean): Promise<void>
}

export function browserPush(): BrowserPush {
  // Vite serves no worker in development.
  const supported =
    import.meta.env.PROD && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
  return {
    supported,
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    async subscribe(publicKey) {
      await navigator.serviceWorker.register(besidePage('/service-worker.js'), { scope: scopeOfPage() })
      const { pushManager } = await navigator.serviceWorker.ready
      let subscription = await pushManager.getSubscription()
      if (subscription && keyOf(subscription) !== publicKey) {
        await subscription.unsubscribe()
        subscription = null
      }
      subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
      const { endpoint, keys = {} } = subscription.toJSON()
      return { endpoint: endpoint ?? '', keys: { p256dh: keys.p256dh ?? '', auth: keys.auth ?? '' } }
    },
    async unsubscribe() {
      const registration = await navigator.serviceWorker.getRegistration(scopeOfPage())
      const subscription = await registration?.pushManager.getSubscription()
      await subscription?.unsubscribe()
    },
    async takeAway(isOver) {
      if (!supported) return
      const registration = await navigator.serviceWorker.getRegistration(scopeOfPage())
      for (const shown of (await registration?.getNotifications()) ?? []) if (isOver(shown.tag)) shown.close()
    },
  }
}

/** As the server writes it: base64url. */
function keyOf({ options }: PushSubscription): string | null {
  if (!options.applicationServerKey) return null
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Hears which conversation somebody wants to see who has clicked on a notification of the browser's. Returns its own undoing. */
export function onPushClicked(open: (conversationId: string) => void): () => void {
  const { serviceWorker } = navigator
  // Outside a secure context there is none.
  if (!serviceWorker) return () => {}
  const hear = ({ data }: MessageEvent<OpenConversation | null>) => {
    if (data?.type === 'open_conversation') open(data.conversationId)
  }
  serviceWorker.addEventListener('message', hear)
  return () => serviceWorker.removeEventListener('message', hear)
}
