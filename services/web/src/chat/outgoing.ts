import type { Attachment, Message, ReplyPreview } from '@parley/contracts'
import type { FailureCode } from '../net/request-failure.ts'

/** A file of a message that is on its way. */
export interface SentFile {
  uploadId: string
  /** Until it is uploaded: what this browser knows of it. */
  attachment: Attachment
  uploaded: boolean
}

/** An own message on its way. `clientId` makes every retry the same message to the server. */
export interface Outgoing {
  clientId: string
  conversationId: string
  content: string
  files: readonly SentFile[]
  /** What it answers. */
  replyTo: ReplyPreview | null
  createdAt: string
  /** The conversation's last seq when this was written: only a later message can be its echo. */
  afterSeq: number
  /** `held`: the server has it, and nobody sees it until somebody has looked at it. */
  state: 'sending' | 'failed' | 'held'
  /** It has left this tab at least once, so the server may already have it. */
  attempted: boolean
  /** The live event that is taken for this entry's echo. While set, the entry itself is not shown. */
  echoId: string | null
  /** Why it failed, for the page and for people; and whether trying again has a chance. */
  code: FailureCode | null
  detail: string | null
  retryable: boolean
}

export function newOutgoing(
  entry: Pick<Outgoing, 'clientId' | 'conversationId' | 'content' | 'createdAt' | 'afterSeq'> &
    Partial<Pick<Outgoing, 'replyTo' | 'files'>>,
) {
  const fresh: Outgoing = {
    replyTo: null,
    files: [],
    ...entry,
    state: 'sending',
    attempted: false,
    echoId: null,
    code: null,
    detail: null,
    retryable: true,
  }
  return fresh
}

/**
 * A live event of an own message names no clientId, and may come before the acknowledgement. The oldest entry with the
 * same words that the server may have is taken for it and steps out of sight, so nothing is shown twice in between.
 * A wrong guess (the same words from another device at the same time) heals when the acknowledgement names the id.
 */
export function claimEcho(entries: readonly Outgoing[], message: Message): readonly Outgoing[] {
  if (entries.some((entry) => entry.echoId === message.id)) return entries
  const index = entries.findIndex(
    (entry) =>
      entry.attempted &&
      entry.echoId === null &&
      entry.state === 'sending' &&
      sameBody(entry, message) &&
      message.seq > entry.afterSeq,
  )
  return index < 0 ? entries : entries.with(index, { ...at(entries, index), echoId: message.id })
}

/** The acknowledgement came: the entry gives way to the message. A wrongly claimed echo goes to the next like entry. */
export function settle(entries: readonly Outgoing[], clientId: string, message: Message): readonly Outgoing[] {
  const settled = entries.find((entry) => entry.clientId === clientId)
  if (!settled) return entries
  const misclaimed = settled.echoId !== null && settled.echoId !== message.id ? settled.echoId : null
  let passedOn = misclaimed === null
  return entries
    .filter((entry) => entry !== settled)
    .map((entry) => {
      // Another entry had claimed this message; it is not its echo after all.
      const echoId = entry.echoId === message.id ? null : entry.echoId
      const isOther = entry.content !== settled.content || entry.files.length > 0
      if (passedOn || echoId !== null || isOther || !entry.attempted)
        return echoId === entry.echoId ? entry : { ...entry, echoId }
      passedOn = true
      return { ...entry, echoId: misclaimed }
    })
}

export function change(
  entries: readonly Outgoing[],
  clientId: string,
  patch: Partial<Pick<Outgoing, 'state' | 'attempted' | 'files' | 'echoId' | 'code' | 'detail' | 'retryable'>>,
): readonly Outgoing[] {
  const index = entries.findIndex((entry) => entry.clientId === clientId)
  return index < 0 ? entries : entries.with(index, { ...at(entries, index), ...patch })
}

/** Says the same words about the same files. */
function sameBody({ content, files }: Outgoing, message: Message): boolean {
  return (
    content === message.content &&
    files.length === message.attachments.length &&
    files.every(({ attachment }, index) => attachment.id === message.attachments[index]?.id)
  )
}

/** All that belongs to it is with the server. */
export const isUploaded = ({ files }: Pick<Outgoing, 'files'>): boolean => files.every(({ uploaded }) => uploaded)

/** A file has reached the server. */
export function withUploaded(
  entries: readonly Outgoing[],
  uploadId: string,
  attachment: Attachment,
): readonly Outgoing[] {
  return entries.map((entry) =>
    entry.files.some((file) => file.uploadId === uploadId)
      ? {
          ...entry,
          files: entry.files.map((file) =>
            file.uploadId === uploadId ? { uploadId, attachment, uploaded: true } : file,
          ),
        }
      : entry,
  )
}

/** What the conversation shows below its history. */
export function shownOutgoing(entries: readonly Outgoing[]): readonly Outgoing[] {
  return entries.some((entry) => entry.echoId !== null) ? entries.filter((entry) => entry.echoId === null) : entries
}

/** What the list says of what is not sent: that something failed, or that something waits. */
export function unsentState(entries: readonly Outgoing[] | undefined): 'failed' | 'sending' | null {
  if (!entries || shownOutgoing(entries).length === 0) return null
  return entries.some((entry) => entry.state === 'failed') ? 'failed' : 'sending'
}

/** Sent as it is it has no chance: what it says has to change. */
export function needsChange({ code, retryable, files }: Outgoing): boolean {
  if (!retryable && files.some(({ uploaded }) => !uploaded)) return true
  return !retryable && (code === 'invalid_input' || code === 'payload_too_large' || code === 'malformed')
}

function at(entries: readonly Outgoing[], index: number): Outgoing {
  return entries[index]!
}
