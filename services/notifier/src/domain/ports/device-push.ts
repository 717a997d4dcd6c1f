import type { HandOver } from './channel.ts'
import type { DeviceAddress } from './devices.ts'

/** What is handed over to the service that brings pushes to a device. */
export interface DevicePush extends HandOver {
  /** Of a browser: what it is encrypted for. */
  keys: DeviceAddress['keys']
  /** Which of the host's apps it is. */
  app: string | null
}
