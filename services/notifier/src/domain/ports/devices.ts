import type { Device, PushChannel, WebPushSubscription } from '@parley/contracts'

/** Where a device is reached. */
export interface DeviceAddress {
  channel: PushChannel
  /** A token, or the endpoint of a browser's subscription. */
  address: string
  /** Of a browser: what pushes are encrypted for. */
  keys: WebPushSubscription['keys'] | null
}

export interface NewDevice extends DeviceAddress {
  userId: string
  id: string
  locale: string | null
  app: string | null
  /** The session of the token that said so last; null of what has none. */
  sessionId: string | null
  /** When that token was issued; null where it does not say. */
  issuedAt: Date | null
}

/** A device as pushes need it. */
export interface KnownDevice extends NewDevice {
  /** Of this tenant's; changes with the address. */
  addressHash: string
  updatedAt: Date
}

export interface DeviceRepository {
  /** Keeps a device. Its address is nobody else's from then on, and of more than so many the user's eldest go. */
  put(device: NewDevice, atMost: number): Promise<Device>
  remove(userId: string, id: string): Promise<void>
  /** The one that was heard of last comes first. */
  ofUser(userId: string): Promise<Device[]>
  /** Those of these users, for who decides where they are told. */
  ofUsers(userIds: readonly string[]): Promise<Pick<KnownDevice, 'userId' | 'id' | 'channel'>[]>
  /** Those of these that there are. */
  find(wanted: readonly { userId: string; id: string }[]): Promise<KnownDevice[]>
  /** Lets go of one, unless it has another address by now. */
  forget(device: Pick<KnownDevice, 'userId' | 'id' | 'addressHash'>): Promise<void>
  /** Lets go of one whose session was ended, unless it was registered with another token meanwhile. */
  signOut(device: Pick<KnownDevice, 'userId' | 'id' | 'sessionId' | 'issuedAt'>): Promise<void>
}
