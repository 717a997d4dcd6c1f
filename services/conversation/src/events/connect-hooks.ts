import { type Bus, rpcClient } from '@parley/bus'
import { type Hooks, hooks } from '@parley/contracts'

/** The notification worker, which asks hosts about messages. How long one is waited for is the tenant's to say. */
export const connectHooks = (bus: Bus): Hooks => rpcClient(bus, hooks)
