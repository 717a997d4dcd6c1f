import type { BrowserStorage } from '../identity/browser-storage.ts'
import type { BrowserPush } from '../net/browser-push.ts'
import { type RequestFailure, toRequestFailure } from '../net/request-failure.ts'
import type { NotificationsApi } from '../net/rest-api.ts'

const DEVICE = 'push-device'
const DECLINED = 'push-declined'
/** What changes within this time is looked at together. */
const TAKEN_AWAY_AFTER_MS = 1_000

export interface WebPushState {
  /** `denied`: the person has forbidden it to the browser, and only there can allow it again. */
  status: 'unsupported' | 'denied' | 'off' | 'on'
  /** This is a fitting moment to offer it. */
  offered: boolean
  busy: boolean
  failure: string | null
}

interface WebPushDeps {
  browser: BrowserPush
  api: Pick<NotificationsApi, 'getPushKey' | 'putDevice' | 'removeDevice'>
  /** This person's; null before it is known who they are. */
  storage(): BrowserStorage | null
  newId(): string
}

/**
 * Whether pushes reach this person in this browser. Nobody is asked when the page is opened: it is offered once, when somebody has
 * written something that may be answered, and can be turned on and off in the settings.
 */
export class WebPush {
  readonly #deps: WebPushDeps
  readonly #listeners = new Set<() => void>()
  #state: WebPushState
  #offering = false
  #conversations: Readonly<Record<string, { unreadCount: number }>> = {}
  #waiting: ReturnType<typeof setTimeout> | undefined

  constructor(deps: WebPushDeps) {
    this.#deps = deps
    const { supported } = deps.browser
    this.#state = { status: supported ? this.#allowed() : 'unsupported', offered: false, busy: false, failure: null }
  }

  readonly getState = (): WebPushState => this.#state

  /** Returns its own undoing. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Where it is on, the server hears that the device is still there, and where it is now: addresses change. */
  async resume(): Promise<void> {
    const { browser, storage } = this.#deps
    const device = storage()?.get(DEVICE)
    if (!browser.supported || !device) return
    if (browser.permission() !== 'granted') return await this.turnOff()
    this.#change({ status: 'on' })
    this.#lookSoon()
    await this.#register(device).catch(() => {})
  }

  /** Something was written that may be answered. */
  async offer(): Promise<void> {
    const { browser, api, storage } = this.#deps
    if (this.#offering || this.#state.status !== 'off' || browser.permission() !== 'default') return
    if (storage()?.get(DECLINED)) return
    this.#offering = true
    // Where the server has no pushes nobody is asked.
    const key = await api.getPushKey().catch(() => null)
    if (key && this.#state.status === 'off') this.#change({ offered: true })
  }

  /** "Not now". It is not offered again. */
  decline(): void {
    this.#deps.storage()?.set(DECLINED, '1')
    this.#change({ offered: false })
  }

  /** To be called as an answer to a click: the browser asks the person. */
  async turnOn(): Promise<void> {
    const { browser, storage, newId } = this.#deps
    if (this.#state.busy) return
    this.#change({ busy: true, failure: null })
    try {
      if ((await browser.ask()) !== 'granted') return this.#change({ status: this.#allowed(), offered: false })
      const device = storage()?.get(DEVICE) ?? newId()
      await this.#register(device)
      storage()?.set(DEVICE, device)
      this.#change({ status: 'on', offered: false })
    } catch (err) {
      this.#change({ failure: failureText(toRequestFailure(err)), offered: false })
    } finally {
      this.#change({ busy: false })
    }
  }

  /**
   * What is read, here or elsewhere, is not shown by the browser any more. Called after every change of the state; a push that says so
   * would have to show something.
   */
  takeAwayRead(conversations: Readonly<Record<string, { unreadCount: number }>>): void {
    if (conversations === this.#conversations) return
    this.#conversations = conversations
    this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#state.status !== 'on' || this.#waiting !== undefined) return
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined
      const isOver = (tag: string) => this.#conversations[tag]?.unreadCount === 0
      void this.#deps.browser.takeAway(isOver).catch(() => {})
    }, TAKEN_AWAY_AFTER_MS)
  }

  /** Whoever is signed out sees nothing here; when they come back it is on again. */
  pause(): void {
    if (this.#deps.storage()?.get(DEVICE)) void this.#deps.browser.unsubscribe().catch(() => {})
  }

  /** Also before somebody signs out: whoever uses this browser next is not to see what is for them. */
  async turnOff(): Promise<void> {
    const { browser, api, storage } = this.#deps
    const device = storage()?.get(DEVICE)
    if (!device) return
    storage()?.remove(DEVICE)
    this.#change({ status: this.#allowed(), failure: null })
    // Either of them is enough, should the other fail.
    await Promise.allSettled([api.removeDevice({ deviceId: device }), browser.unsubscribe()])
  }

  async #register(deviceId: string): Promise<void> {
    const { browser, api } = this.#deps
    const { publicKey } = await api.getPushKey()
    await api.putDevice({ deviceId, channel: 'web_push', subscription: await browser.subscribe(publicKey) })
  }

  #allowed(): 'denied' | 'off' {
    return this.#deps.browser.permission() === 'denied' ? 'denied' : 'off'
  }

  #change(change: Partial<WebPushState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
}

/** The browser's own words say nothing to people. */
const failureText = ({ code, message }: RequestFailure) =>
  code === 'internal' ? 'This browser could not be reached by pushes. Try it again later.' : message
