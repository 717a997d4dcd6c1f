import type { LiveConnection } from '../net/live-connection.ts'
import type { ChatStore } from './chat-store.ts'
import { PresenceKeeper } from './presence.ts'

/** Who is there, over the page's socket, and that somebody looks at the page while the browser shows it. */
export function browserPresence(store: ChatStore, live: LiveConnection): Pick<PresenceKeeper, 'restart'> & Disposable {
  const keeper = new PresenceKeeper({
    store,
    get: (userIds) => live.request('get_presence', { userIds, only: true }),
    set: (said) => live.request('set_presence', said),
    isVisible: () => document.visibilityState === 'visible',
    later: (run, ms) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  })
  const evaluate = () => keeper.evaluate()
  const unsubscribe = store.subscribe(evaluate)
  document.addEventListener('visibilitychange', evaluate)
  return {
    restart: () => keeper.restart(),
    [Symbol.dispose]() {
      unsubscribe()
      document.removeEventListener('visibilitychange', evaluate)
      keeper[Symbol.dispose]()
    },
  }
}
