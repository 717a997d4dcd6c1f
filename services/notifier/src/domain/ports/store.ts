import type { DeadEventRepository } from './dead-events.ts'
import type { DeviceRepository } from './devices.ts'
import type { HandOverRepository } from './hand-overs.ts'
import type { AnnouncementRepository, HappeningRepository } from './happenings.ts'
import type { AddressRepository, ReplyPlace } from './mail.ts'
import type { PreferenceRepository } from './preferences.ts'
import type { TellingRepository } from './tellings.ts'
import type { TemplateRepository } from './templates.ts'
import type { Happening, NotificationRepository, ReadMark, ToldRepository } from './told.ts'
import type { DeliveryRepository, EndpointRepository } from './webhooks.ts'

/** What is changed or read together, in a tenant. */
export interface UnitOfWork {
  deadEvents: DeadEventRepository
  devices: DeviceRepository
  handOvers: HandOverRepository
  preferences: PreferenceRepository
  templates: TemplateRepository
  endpoints: EndpointRepository
  deliveries: DeliveryRepository
  addresses: AddressRepository
  told: ToldRepository
  notifications: NotificationRepository
  tellings: TellingRepository
  announcements: AnnouncementRepository
  happenings: HappeningRepository
}

export interface Store {
  /** `work` is done again when a row was locked for long, so it changes nothing but the store. */
  transaction<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
  /**
   * Sees to it that these are looked at in so many milliseconds. Answers of each in how many that is; undefined while somebody looks, who
   * comes again then. A look that comes within the delay stays where it is: what happens before may be left to it.
   */
  wantLooks(happenings: readonly Happening[], delayMs: number): Promise<(number | undefined)[]>
  /** Of each of these, whether what they have read by that is news: something told of it, and is unread still. */
  isNewsRead(marks: readonly ReadMark[]): Promise<boolean[]>
  /** Lets go of so many notifications that were read long ago; returns how many there were. */
  forgetNotifications(limit: number): Promise<number>
  /** Lets go of so many happenings that everybody was told of long ago; returns how many there were. */
  forgetHappenings(limit: number): Promise<number>
  /** Lets go of so many that were settled long ago; returns how many there were. */
  forgetHandOvers(limit: number): Promise<number>
  /** How much waits, of all tenants, and for how many seconds the one that is due the longest has been. */
  waiting(): Promise<{ depth: number; age: number }>
  tenantsWithDeadLetters(): Promise<string[]>
  /** How much no receiver took and no consumer could handle, of all tenants. */
  countDeadLetters(): Promise<{ handOvers: number; events: number }>
  /** Lets go of so many events that could not be handled long ago; returns how many there were. */
  forgetDeadEvents(limit: number): Promise<number>
  /** To whom an e-mail was sent, lately; undefined where there is no such. */
  sentMail(id: string): Promise<{ tenantId: string; address: string } | undefined>
  /** What an address for answers stands for; undefined where there is no such. */
  replyAddress(id: string): Promise<(ReplyPlace & { tenantId: string }) | undefined>
}
