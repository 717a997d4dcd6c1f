import { type ClickedPush, onClick, onPush, type PushScope } from './pushes.ts'

declare const self: ServiceWorkerGlobalScope

const page = new URL('./', self.registration.scope).href
const scope: PushScope = {
  page,
  show: (title, options) => self.registration.showNotification(title, options),
  shown: (tag) => self.registration.getNotifications({ tag }),
  setBadge: async (count) => {
    // Browsers without badges.
    if (!('setAppBadge' in self.navigator)) return
    await (count > 0 ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge())
  },
  windows: () => self.clients.matchAll({ type: 'window', includeUncontrolled: true }),
  open: (url) => self.clients.openWindow(url),
}

// It keeps nothing of the page: a new one may take over at once.
self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('push', (event) => event.waitUntil(onPush(scope, event.data?.text() ?? '')))
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(onClick(scope, event.notification.data as ClickedPush))
})
