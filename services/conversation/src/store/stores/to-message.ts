import { type Message, previewOf, type ReplyPreview } from '@parley/contracts'
import type { Positional } from '@parley/database'
import {
  type MessageAnswer,
  type MessageExtrasAnswer,
  type MoreExtras,
  messageExtras,
  messageFields,
  type ReplyPreviewAnswer,
  reactionFields,
  replyPreviewFields,
} from '../answers.ts'
import { isoTime, isoTimeOrNull } from './iso-time.ts'

/** A row by the query builder, or what a function answers: they differ in how they say times. */
export interface MessageRow extends Omit<MessageAnswer, 'editedAt' | 'deletedAt' | 'createdAt'> {
  editedAt: Date | number | null
  deletedAt: Date | number | null
  createdAt: Date | number
}

/** The one place where a row becomes a message. */
export function toMessage(row: MessageRow): Message {
  const message: Message = {
    id: row.id,
    conversationId: row.conversationId,
    seq: row.seq,
    rev: row.rev,
    senderId: row.senderId,
    sender: { userId: row.senderId, name: row.name, avatarUrl: row.avatarUrl },
    type: row.type,
    content: row.content,
    payload: row.payload,
    attachments: [],
    mentions: [],
    replyTo: null,
    reactions: row.reactions?.map(reactionFields.decode) ?? [],
    editedAt: isoTimeOrNull(row.editedAt),
    deletedAt: isoTimeOrNull(row.deletedAt),
    createdAt: isoTime(row.createdAt),
  }
  if (row.imported) message.imported = true
  if (row.extras) addExtras(message, row.extras)
  return message
}

function addExtras(message: Message, answer: Positional<MessageExtrasAnswer>): void {
  const { replyTo, mentions, forwarded, silent, pinnedAt, pinnedBy, more } = messageExtras.decode(answer)
  if (replyTo) message.replyTo = toReplyPreview(replyPreviewFields.decode(replyTo))
  if (mentions) message.mentions = mentions
  if (forwarded) message.forwarded = true
  if (silent) message.silent = true
  if (pinnedAt !== null && pinnedBy !== null) message.pinned = { at: isoTime(pinnedAt), by: pinnedBy }
  if (more) addMore(message, more)
}

function addMore(message: Message, { attachments, linkPreview, deletedAttachments, modified }: MoreExtras): void {
  if (attachments) message.attachments = attachments
  if (linkPreview) message.linkPreview = linkPreview
  if (deletedAttachments) message.deletedAttachments = deletedAttachments
  if (modified) message.modified = true
}

function toReplyPreview({ name, avatarUrl, payload, deletedAt, ...original }: ReplyPreviewAnswer): ReplyPreview {
  const { firstAttachment: first, attachments: count } = original
  const attachments = first ? Array.from({ length: count ?? 1 }, () => first) : []
  const { id, seq, senderId, type, hidden } = original
  return {
    id,
    seq,
    senderId,
    sender: { userId: senderId, name, avatarUrl },
    type,
    content: hidden || deletedAt !== null ? '' : previewOf({ type, content: original.content, payload, attachments }),
    deletedAt: isoTimeOrNull(deletedAt),
    hidden,
  }
}

export const messageOf = (answer: Positional<MessageAnswer>): Message => toMessage(messageFields.decode(answer))
