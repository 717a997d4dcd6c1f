import type { Attachment, AttachmentKind, SendKey, UploadPurpose, VariantName } from '@parley/contracts'

/**
 * An attachment as it is stored. One that was *claimed* is kept for the message with that key; it is *confirmed* once the message is
 * known to be written, and has that message's id. Several may have the same bytes, which are a *blob*: stored once in a tenant, and
 * removed with the last attachment or variant that refers to them.
 */
export interface StoredAttachment {
  id: string
  uploaderId: string
  purpose: UploadPurpose
  /** Where it was uploaded into; null: a profile picture. */
  conversationId: string | null
  /** How the uploader named the upload. */
  uploadKey: string | null
  /** Of the bytes that came in, before anything was made of them. */
  receivedSha256: string
  name: string
  mime: string
  size: number
  kind: AttachmentKind
  width: number | null
  height: number | null
  durationMs: number | null
  placeholder: string | null
  peaks: number[] | null
  status: Attachment['status']
  sha256: string
  /** Bytes that its uploader's account has for it; 0 for a copy. */
  charged: number
  claim: Claim | null
  copiedFrom: string | null
  messageId: string | null
  createdAt: string
  variants: StoredVariant[]
}

export interface StoredVariant {
  name: VariantName
  mime: string
  size: number
  width: number
  height: number
  sha256: string
}

export interface Claim {
  key: SendKey
  /** Milliseconds since then. */
  age: number
}

export interface NewAttachment extends Omit<StoredAttachment, 'createdAt' | 'claim'> {
  claim: { key: SendKey; place: number } | null
  /** When the collector asks about it, in milliseconds from now; null: it stays. */
  collectInMs: number | null
}

export interface AttachmentRepository {
  /** Locked until the transaction ends, in the order of their ids; those that are not there are left out. */
  lock(ids: readonly string[]): Promise<StoredAttachment[]>
  /** The same, of those that the collector still has to ask about. */
  lockDue(ids: readonly string[]): Promise<StoredAttachment[]>
  byId(id: string): Promise<StoredAttachment | undefined>
  /** Those that are there. */
  byIds(ids: readonly string[]): Promise<StoredAttachment[]>
  byUploadKey(uploaderId: string, uploadKey: string): Promise<StoredAttachment | undefined>
  /** In the order of their places. */
  ofKey(key: SendKey): Promise<StoredAttachment[]>
  ofMessage(messageId: string): Promise<StoredAttachment[]>
  ofUploader(uploaderId: string, limit: number): Promise<StoredAttachment[]>
  /** How many have any of these bytes. */
  countOfBytes(sha256s: readonly string[]): Promise<number>
  /** False where there is one with that upload key, or that claim and place. */
  insert(attachment: NewAttachment): Promise<boolean>
  /** In the order of the message. */
  claim(ids: readonly string[], key: SendKey, collectInMs: number): Promise<void>
  unclaim(ids: readonly string[], collectInMs: number): Promise<void>
  confirm(ids: readonly string[], messageId: string): Promise<void>
  /** The collector asks about it later. */
  collectIn(id: string, ms: number): Promise<void>
  remove(ids: readonly string[]): Promise<void>
}

/** Where bytes are, or are to be put. */
export interface BlobPlace {
  sha256: string
  objectKey: string
  /** They were put there before. */
  stored: boolean
}

/** Somebody is about to refer to these bytes. Times are as the store writes them. */
export interface Intent extends BlobPlace {
  /** No two are kept until the same moment. */
  keptUntil: string
  /** Until when they were kept before, for others; null: they were not there. */
  keptBefore: string | null
}

export interface BlobRepository {
  /** Says that somebody is about to refer to these bytes, and keeps them so long. In the order given. */
  intend(blobs: readonly { sha256: string; size: number }[], keepMs: number): Promise<Intent[]>
  /** They will not be referred to: they are kept as they were before, unless somebody else has come to rely on them since. */
  withdraw(intents: readonly Intent[]): Promise<void>
  /** They are put and referred to. */
  refer(sha256s: readonly string[]): Promise<void>
  /** Something that referred to them is gone. */
  letGo(sha256s: readonly string[]): Promise<void>
  place(sha256: string): Promise<BlobPlace | undefined>
}

export interface Usage {
  bytes: number
  files: number
}

/** Bytes; null: no limit. */
export interface Quotas {
  user: number | null
  tenant: number | null
}

export interface UsageRepository {
  /** Adds a file to the accounts of its uploader and of the tenant, unless one would be more than its quota: false then. */
  charge(userId: string, bytes: number, quotas: Quotas): Promise<boolean>
  refund(users: readonly { userId: string; bytes: number; files: number }[]): Promise<void>
  /** Of a user, or of all. */
  of(userId: string | null): Promise<Usage>
}

/** What it says of a message holds until the transaction ends: ask it before locking attachments. */
export interface DeletedMessageRepository {
  add(messageId: string): Promise<void>
  has(messageId: string): Promise<boolean>
}

/** The first link in what a message says. */
export interface MessageLink {
  messageId: string
  conversationId: string
  senderId: string
  /** Of the message when it said so. */
  rev: number
  url: string
}

/** What the scanner found; the signature names the virus. */
export interface Verdict {
  status: 'ready' | 'infected'
  signature: string | null
}

export interface UnitOfWork {
  attachments: AttachmentRepository
  blobs: BlobRepository
  usage: UsageRepository
  deletedMessages: DeletedMessageRepository
  /** A card is to be made of a message's link as soon as this is committed. */
  schedulePreview(link: MessageLink): Promise<void>
  /**
   * Gives those with these bytes that are pending that state. Each that it changes is to be told of as soon as this is committed, by a job of its
   * own: of what is clean those that messages have, of a virus all. `tellsDecided`: those too that have that state already.
   */
  decide(sha256: string, verdict: Verdict, options: { tellsDecided: boolean }): Promise<void>
  /** A message's deletion is to be heard of again after so long. */
  scheduleDeleted(messageId: string, attachmentIds: readonly string[], afterMs: number): Promise<void>
  /** The scanner is to look at these bytes as soon as this is committed. */
  scheduleScan(sha256: string): Promise<void>
}

export interface DueAttachment {
  tenantId: string
  id: string
}

export interface Store {
  /** `work` may be done again, so it changes nothing but the store. */
  transaction<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
  /**
   * The same of what charges, one after the other of a tenant as far as this process goes: all of them move the tenant's account, for which
   * they wait here rather than in the database, where nobody waits for long.
   */
  charge<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
  snapshot<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
  /** Those among these messages that have something here, or are about to get a card. */
  concernedMessages(messages: readonly { tenantId: string; messageId: string }[]): Promise<Set<string>>
  /** What the collector has to ask about, of all tenants. */
  dueAttachments(limit: number): Promise<DueAttachment[]>
  /** Of which pictures it has to ask whether anybody has them. */
  duePictures(limit: number): Promise<DueAttachment[]>
  /** Takes bytes that nothing refers to out of the account. Returns how many were looked at. */
  doomBlobs(limit: number): Promise<number>
  /** Objects to be removed: nobody else has them for a minute. */
  claimDoomed(limit: number): Promise<string[]>
  forgetDoomed(objectKeys: readonly string[]): Promise<void>
  /** Those that the account knows. */
  knownObjects(objectKeys: readonly string[]): Promise<Set<string>>
  /** Whose picture it is; undefined where there is no such picture. */
  tenantOfPicture(id: string): Promise<string | undefined>
  forgetDeletedMessages(limit: number): Promise<number>
  countPending(): Promise<number>
}
