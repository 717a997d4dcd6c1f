import type { Admin, Chat, Host } from '@parley/contracts'

/** What route groups are given. */
export interface RouteOptions {
  chat: Chat
  host: Host
  admin: Admin
}
