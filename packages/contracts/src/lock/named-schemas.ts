import type { TSchema } from 'typebox'
import { Actor, Me, UserProfile } from '../shapes/actor.ts'
import { AuditEntry, Stats } from '../shapes/admin.ts'
import { Attachment, AttachmentLink, LinkPreview, SendKey } from '../shapes/attachment.ts'
import { Broadcast, BroadcastMessage } from '../shapes/broadcast.ts'
import {
  Context,
  ContextBody,
  ContextMember,
  ContextRef,
  ConversationContext,
  UpsertContext,
  UpsertedContext,
} from '../shapes/context.ts'
import {
  AddedParticipant,
  AddParticipant,
  Conversation,
  ConversationName,
  ConversationPage,
  ConversationPatch,
  ConversationRef,
  CreateConversation,
  CreatedConversation,
  MessagePage,
  Participant,
  ParticipantBody,
  ParticipantPage,
  ParticipantRef,
  SharedConversation,
} from '../shapes/conversation.ts'
import { DeletionOutcome } from '../shapes/deletion.ts'
import { AudienceSnapshot, CatchUp, Head, Session } from '../shapes/edge.ts'
import { HeldMessage, HeldMessageCase } from '../shapes/held-message.ts'
import {
  EditMessage,
  Message,
  MessageBody,
  MessageRef,
  MessageVersion,
  SendMessage,
  SentMessage,
} from '../shapes/message.ts'
import { Notice } from '../shapes/notice.ts'
import {
  ConversationLevel,
  NotificationPreferences,
  PutNotificationPreferences,
} from '../shapes/notification-preferences.ts'
import { NotificationTemplate, TemplateWords } from '../shapes/notification-template.ts'
import { Draft, OwnConversation, OwnState } from '../shapes/own-state.ts'
import { Policy, PolicySettings, TenantPolicy, UserPolicy } from '../shapes/policy.ts'
import { ContextRule } from '../shapes/policy-rules.ts'
import { Presence } from '../shapes/presence.ts'
import { Problem } from '../shapes/problem.ts'
import { Reaction } from '../shapes/reaction.ts'
import {
  DeliveryState,
  MarkMessagesRead,
  MarkRead,
  MarkUnread,
  MessagesRead,
  ReadState,
  Receipt,
  ReceiptPage,
  UnreadCount,
} from '../shapes/receipt.ts'
import { CreateReport, Report, ReportCase, ReportedMessage } from '../shapes/report.ts'
import { ConversationChanges, Sync, SyncResult } from '../shapes/sync.ts'
import { Block, BlockList, UpsertedUser, UpsertUser, User, UserBody } from '../shapes/user.ts'
import { Webhook, WebhookDelivery, WebhookDisabled } from '../shapes/webhook.ts'

/** The objects that descriptions of the wire (OpenAPI, AsyncAPI, the wire lock) spell out once and refer to by name. */
export const namedSchemas: Readonly<Record<string, TSchema>> = {
  Actor,
  Attachment,
  AttachmentLink,
  LinkPreview,
  SendKey,
  AuditEntry,
  Broadcast,
  BroadcastMessage,
  Stats,
  Block,
  BlockList,
  Context,
  ContextBody,
  ContextMember,
  ContextRef,
  ConversationContext,
  UpsertContext,
  UpsertedContext,
  ContextRule,
  Policy,
  PolicySettings,
  TenantPolicy,
  UserPolicy,
  CreateReport,
  Report,
  ReportCase,
  ReportedMessage,
  UpsertUser,
  UpsertedUser,
  User,
  UserBody,
  ConversationPatch,

  AddedParticipant,
  AddParticipant,
  AudienceSnapshot,
  CatchUp,
  Conversation,
  ConversationChanges,
  ConversationName,
  ConversationPage,
  ConversationRef,
  CreateConversation,
  CreatedConversation,
  DeletionOutcome,
  HeldMessage,
  HeldMessageCase,
  Draft,
  EditMessage,
  Head,
  DeliveryState,
  ConversationLevel,
  NotificationPreferences,
  NotificationTemplate,
  PutNotificationPreferences,
  TemplateWords,
  MarkMessagesRead,
  MarkRead,
  MarkUnread,
  MessagesRead,
  Me,
  Message,
  MessageBody,
  MessagePage,
  MessageRef,
  MessageVersion,
  Notice,
  OwnConversation,
  OwnState,
  Participant,
  ParticipantBody,
  ParticipantPage,
  ParticipantRef,
  Presence,
  Problem,
  Reaction,
  ReadState,
  Receipt,
  ReceiptPage,
  SendMessage,
  SentMessage,
  Session,
  SharedConversation,
  Sync,
  SyncResult,
  UnreadCount,
  UserProfile,
  Webhook,
  WebhookDelivery,
  WebhookDisabled,
}

export type JsonSchema = { [keyword: string]: unknown }

const nameOf = new Map(Object.entries(namedSchemas).map(([name, schema]) => [JSON.stringify(schema), name]))

/**
 * A copy of a schema, as plain JSON, in which every named object is `{ $ref: prefix + name }`. A schema is recognised by
 * what it says, so copies and spreads of it count too. `isRoot`: the schema itself is spelled out, as its own definition is.
 */
export function withReferences(schema: unknown, prefix: string, isRoot = false): JsonSchema {
  const name = isRoot ? undefined : nameOf.get(JSON.stringify(schema))
  if (name !== undefined) return { $ref: prefix + name }
  const copy: JsonSchema = {}
  for (const [keyword, value] of Object.entries(schema as object)) copy[keyword] = withinReferences(value, prefix)
  // viewers show a list of words without a type as "any"
  if (Array.isArray(copy.enum) && !copy.type && copy.enum.every((word) => typeof word === 'string'))
    return { type: 'string', ...copy }
  return copy
}

function withinReferences(value: unknown, prefix: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withinReferences(item, prefix))
  return typeof value === 'object' && value !== null ? withReferences(value, prefix) : value
}

/** Every named schema, spelled out with references to the others. */
export function definitions(prefix: string): Record<string, JsonSchema> {
  const entries = Object.entries(namedSchemas).map(([name, schema]) => [name, withReferences(schema, prefix, true)])
  return Object.fromEntries(entries)
}
