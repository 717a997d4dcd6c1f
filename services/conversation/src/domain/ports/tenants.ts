import type { PolicySettings, Stats } from '@parley/contracts'

export interface Tenants {
  /** Of one that nobody has spoken of yet there is a row from then on. */
  ensure(): Promise<void>
  settings(): Promise<PolicySettings>
  setSettings(settings: PolicySettings): Promise<void>
  stats(days: number): Promise<Omit<Stats, 'at' | 'users'> & { users: Omit<Stats['users'], 'online'> }>
}
