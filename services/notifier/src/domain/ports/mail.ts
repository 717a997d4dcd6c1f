/** An e-mail as it leaves. Made at that moment; none of it is stored. */
export interface Mail {
  /** The same at every try: it is part of its Message-ID, by which receivers tell repeats apart. */
  id: string
  tenantId: string
  userId: string
  to: string
  subject: string
  text: string
  html: string
  /** E-mails with the same one are one thread to mail programs. */
  thread: string
  /** Where an answer goes; null: to nobody. */
  replyTo: string | null
  /** Where one request turns e-mails off (RFC 8058); null: nowhere. */
  unsubscribeUrl: string | null
}

/** What is known of addresses of a tenant. */
export interface AddressRepository {
  /** Those of these that no server takes e-mails for. */
  unreachableAmong(addresses: readonly string[]): Promise<Set<string>>
  markUnreachable(address: string, reason: string): Promise<void>
  /** It is tried again: whoever it belongs to says so. */
  markReachable(address: string): Promise<void>
  /** Remembers what an address for answers stands for. */
  keepReplyAddress(id: string, place: ReplyPlace): Promise<void>
}

/** Who answers, and where. */
export interface ReplyPlace {
  userId: string
  conversationId: string
}

/** Addresses that what stands in an e-mail leads to. */
export interface MailLinks {
  /** Where they turn e-mails off; null: this server does not know where it is reached. */
  unsubscribeUrl(tenantId: string, userId: string): string | null
  /** Who a link of `unsubscribeUrl` is for; undefined where we have not signed it. */
  readUnsubscribe(token: string): { tenantId: string; userId: string } | undefined
}

/** The part of an address for answers that says whose it is; nobody guesses one. The first is the one to give, all are accepted. */
export type ReplyIdsOf = (tenantId: string, place: ReplyPlace) => readonly [string, ...string[]]
