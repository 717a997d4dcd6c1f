export { Config } from './config.ts'
export { mountGateway } from './mount.ts'
export type { PresenceSettings } from './presence/presence.ts'
