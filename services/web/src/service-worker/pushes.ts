/** What the notification worker pushes to a browser. */
type Push = { tag: string; badge?: number; data: Record<string, string> } & (
  | { type: 'notify'; title: string; body: string; url?: string }
  /** What was shown has been read, or may not be seen any more. */
  | { type: 'withdraw' }
)

/** A notification of the browser's, on the screen or among those that wait there. */
interface Shown {
  close(): void
}

/** A window of the page. */
interface PageWindow {
  url: string
  focused: boolean
  focus(): Promise<unknown>
  postMessage(message: OpenConversation): void
}

/** What of the browser a push has to do with. */
export interface PushScope {
  /** Where the page is, with a slash at its end. */
  page: string
  show(title: string, options: { body: string; tag: string; data: ClickedPush }): Promise<unknown>
  shown(tag: string): Promise<readonly Shown[]>
  setBadge(count: number): Promise<unknown>
  windows(): Promise<readonly PageWindow[]>
  open(url: string): Promise<unknown>
}

/** What a notification keeps for whoever clicks on it. */
export interface ClickedPush {
  conversationId: string | null
  /** Where the host wants it to lead. */
  url: string | null
}

/** Said to a window: somebody has clicked on a notification. */
export interface OpenConversation {
  type: 'open_conversation'
  conversationId: string
}

/** Shows it in place of what was shown of the same conversation, or takes that away. What is no push of ours is left alone. */
export async function onPush(scope: PushScope, text: string): Promise<void> {
  const push = pushIn(text)
  if (!push) return
  const { tag, badge, data } = push
  if (badge !== undefined) await scope.setBadge(badge).catch(() => {})
  if (push.type === 'withdraw') {
    for (const notification of await scope.shown(tag)) notification.close()
    return
  }
  const clicked = { conversationId: data.conversationId ?? null, url: push.url ?? null }
  await scope.show(push.title, { body: push.body, tag, data: clicked })
}

/** Goes to a window of the page that is there, or opens one. */
export async function onClick(scope: PushScope, { conversationId, url }: ClickedPush): Promise<void> {
  // The host's own page, which is no place of this one.
  if (url !== null && !url.startsWith(scope.page)) return void (await scope.open(url))
  const windows = (await scope.windows()).filter((window) => window.url.startsWith(scope.page))
  const window = windows.find(({ focused }) => focused) ?? windows[0]
  if (!window) return void (await scope.open(conversationId === null ? scope.page : pageOf(scope, conversationId)))
  await window.focus()
  if (conversationId !== null) window.postMessage({ type: 'open_conversation', conversationId })
}

const pageOf = ({ page }: PushScope, conversationId: string) => `${page}#/c/${encodeURIComponent(conversationId)}`

function pushIn(text: string): Push | null {
  try {
    const push = JSON.parse(text) as Push
    const isOurs = (push.type === 'notify' && typeof push.title === 'string') || push.type === 'withdraw'
    return isOurs && typeof push.tag === 'string' ? { ...push, data: push.data ?? {} } : null
  } catch {
    return null
  }
}
