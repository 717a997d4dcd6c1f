import type { NotificationPreferences, PutNotificationPreferences } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'

export interface NotificationSettingsState {
  /** As they were chosen here, before the server has answered; null until they are known. */
  preferences: NotificationPreferences | null
  failure: string | null
}

interface NotificationSettingsDeps {
  /** Each rejects with `RequestFailure`. */
  get(): Promise<NotificationPreferences>
  put(preferences: PutNotificationPreferences): Promise<NotificationPreferences>
}

/**
 * How one wants to be told, while it is being changed. What is seen is what was chosen last; the server is told all of it, one at a
 * time, so that the last choice is the last that it hears. What it refuses goes back to what it has.
 */
export class NotificationSettings {
  readonly #deps: NotificationSettingsDeps
  readonly #listeners = new Set<() => void>()
  #state: NotificationSettingsState = { preferences: null, failure: null }
  /** What the server has. */
  #stored: NotificationPreferences | null = null
  #putting = false

  constructor(deps: NotificationSettingsDeps) {
    this.#deps = deps
  }

  readonly getState = (): NotificationSettingsState => this.#state

  /** Returns its own undoing. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async load(): Promise<void> {
    try {
      this.#stored = await this.#deps.get()
      this.#set({ preferences: this.#stored, failure: null })
    } catch (err) {
      this.#set({ preferences: this.#stored, failure: toRequestFailure(err).message })
    }
  }

  change(change: Partial<NotificationPreferences>): void {
    const { preferences } = this.#state
    if (!preferences) return
    this.#set({ preferences: { ...preferences, ...change }, failure: null })
    void this.#put()
  }

  async #put(): Promise<void> {
    if (this.#putting) return
    this.#putting = true
    try {
      while (this.#state.preferences !== this.#stored) {
        const chosen = this.#state.preferences!
        const { email: _byTheHost, ...said } = chosen
        this.#stored = await this.#deps.put(said)
        if (this.#state.preferences === chosen) this.#set({ preferences: this.#stored, failure: null })
      }
    } catch (err) {
      this.#set({ preferences: this.#stored, failure: toRequestFailure(err).message })
    } finally {
      this.#putting = false
    }
  }

  #set(state: NotificationSettingsState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) listener()
  }
}
