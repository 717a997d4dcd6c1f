import type { PolicySettings, Stats } from '@parley/contracts'

export interface Tenants {
  settings(): Promise<PolicySettings>
  setSettings(settings: PolicySettings): Promise<void>
  stats(days: number): Promise<Omit<Stats, 'at' | 'users'> & { users: Omit<Stats['users'], 'online'> }>
}
