import { Type } from 'typebox'
import {
  Attachment,
  AttachmentId,
  AttachmentLink,
  AttachmentRef,
  BeginDirectUpload,
  DirectUpload,
  DirectUploadRef,
  ErasedUploads,
  EraseUploads,
  LinkAttachment,
  LinkPreview,
  MAX_ATTACHMENTS,
  SendKey,
  SendOutcome,
  UploadPurpose,
} from '../shapes/attachment.ts'
import { ConversationId, MessageId, UserId } from '../shapes/identifiers.ts'
import { Message } from '../shapes/message.ts'
import { Nothing } from '../shapes/nothing.ts'
import { orNull } from '../shapes/or-null.ts'
import { Policy } from '../shapes/policy.ts'
import { type Api, defineRpc } from './operation.ts'

/**
 * What the storage service does for clients besides moving bytes: those routes (uploading, downloading) take and answer no JSON, and
 * stand in the service itself. Served over HTTP alone.
 */
export const attachments = defineRpc('parley.rpc.v1.attachments', {
  getAttachment: {
    summary: 'An attachment that you may see',
    tag: 'attachments',
    http: 'GET /attachments/:attachmentId',
    input: AttachmentRef,
    output: Attachment,
    errors: ['not_found'],
  },
  discardAttachment: {
    summary: 'Take back what you uploaded and have not sent',
    tag: 'attachments',
    http: 'DELETE /attachments/:attachmentId',
    input: AttachmentRef,
    output: Nothing,
    errors: ['not_found'],
  },
  linkAttachment: {
    summary: 'An address that opens without a token, for a few minutes',
    description:
      'For `<img>`, `<video>` and downloads of a browser. It ends after at most five minutes, also for whoever is removed from the conversation meanwhile: ask again',
    tag: 'attachments',
    http: 'POST /attachments/:attachmentId/link',
    input: LinkAttachment,
    output: AttachmentLink,
    errors: ['not_found'],
  },
  eraseUploads: {
    summary: 'Erase every file that somebody uploaded',
    description:
      'For admins and the host. The messages stay, and say what they had; nobody can download it any more. What others have passed on or ' +
      'uploaded themselves is theirs, and stays: `remaining` says how many such files have the same bytes. Again erases what has come since',
    tag: 'admin',
    http: 'DELETE /admin/users/:userId/attachments',
    input: EraseUploads,
    output: ErasedUploads,
    errors: ['forbidden'],
  },
})
export type Attachments = Api<typeof attachments>

/** What a message or a picture there is refused for. */
const notThere = ['not_found', 'forbidden', 'blocked', 'conversation_read_only', 'conversation_closed'] as const

/** Uploads from a browser straight to the bucket, where the store is one. Served over HTTP alone. */
export const directUploads = defineRpc('parley.rpc.v1.direct-uploads', {
  beginDirectUpload: {
    summary: 'Ask for a form that takes a file straight to the bucket',
    description:
      'Post the form with its fields and then the `file` to the `url`, and say that it is there: `completeDirectUpload`. `not_supported` where attachments are kept in a folder',
    tag: 'attachments',
    http: 'POST /attachments/direct',
    status: 201,
    input: BeginDirectUpload,
    output: DirectUpload,
    errors: [
      'rate_limited',
      ...notThere,
      'payload_too_large',
      'unsupported_media_type',
      'quota_exceeded',
      'not_supported',
    ],
  },
  completeDirectUpload: {
    summary: 'Make an attachment of what was uploaded straight to the bucket',
    description: 'May be repeated: the answer is the same attachment. What is not completed within 24 hours goes',
    tag: 'attachments',
    http: 'POST /attachments/direct/:uploadId/complete',
    input: DirectUploadRef,
    output: Attachment,
    errors: [
      ...(['rate_limited', ...notThere, 'payload_too_large', 'unsupported_media_type', 'unreadable_file'] as const),
      ...(['quota_exceeded', 'storage_full', 'not_supported'] as const),
    ],
  },
})
export type DirectUploads = Api<typeof directUploads>

/** What the conversation service asks of the storage service when messages carry attachments. Not reachable from outside. */
export const claims = defineRpc('parley.rpc.v1.claims', {
  /**
   * Keeps what the sender uploaded into that conversation for the one message with that key. The same key finds its own claim again;
   * refused are ids that are another message's, of another conversation or uploader, infected, or not there: each at its place,
   * `/attachments/<index>`.
   */
  claimAttachments: {
    input: Type.Object({ key: SendKey, attachmentIds: Type.Array(AttachmentId, { maxItems: MAX_ATTACHMENTS }) }),
    output: Type.Object({ attachments: Type.Array(Attachment) }),
    errors: [],
  },
  /** Copies for another message of what a message has; the bytes are stored once. The same key finds its own copies again. */
  copyAttachments: {
    input: Type.Object({ key: SendKey, attachmentIds: Type.Array(AttachmentId, { maxItems: MAX_ATTACHMENTS }) }),
    output: Type.Object({ attachments: Type.Array(Attachment) }),
    errors: ['not_found'],
  },
  /**
   * That message is written, with what was claimed for it, or with a link that the rules want a card of. Told once and not waited for: what
   * nobody told is asked for (`sendOutcomes`), and a card that was not told of is not missed.
   */
  messageWritten: { input: Type.Object({ message: Message }), output: Nothing, errors: [] },
  /** That message was refused: what was claimed for it can be sent again, or is collected. */
  releaseAttachments: { input: Type.Object({ key: SendKey }), output: Nothing, errors: [] },
  /**
   * Somebody's or a group's picture is about to be one of these, which stay for a day whoever has them: so long it takes at most until that
   * is so. `missing` are those that are no pictures of this tenant.
   */
  keepPictures: {
    input: Type.Object({ attachmentIds: Type.Array(AttachmentId, { maxItems: 100 }) }),
    output: Type.Object({ missing: Type.Array(AttachmentId) }),
    errors: [],
  },
})
export type Claims = Api<typeof claims>

/**
 * What the storage service asks of the conversation service, which knows who is in what and what the rules are. The actor is who uploads
 * or looks. Not reachable from outside.
 */
export const authority = defineRpc('parley.rpc.v1.authority', {
  /** Refuses as a message of the actor's would be refused there now; a picture as a change of its group. Stores what the token says of them. */
  mayUpload: {
    input: Type.Object({ purpose: UploadPurpose, conversationId: orNull(ConversationId) }),
    output: Type.Object({ rules: Policy.properties.attachments }),
    errors: ['rate_limited', 'not_found', 'forbidden', 'blocked', 'conversation_read_only', 'conversation_closed'],
  },
  /** The rules of the actor's tenant. */
  attachmentRules: {
    input: Type.Object({}),
    output: Type.Object({ rules: Policy.properties.attachments }),
    errors: [],
  },
  /** Refuses who may not see that message now; with null, who is not in the conversation. Admins look as they may at messages. */
  mayDownload: {
    input: Type.Object({ conversationId: ConversationId, messageId: orNull(MessageId) }),
    output: Nothing,
    errors: ['rate_limited', 'not_found', 'forbidden'],
  },
  /** What became of these messages, in their order. */
  sendOutcomes: {
    input: Type.Object({ keys: Type.Array(SendKey, { maxItems: 100 }) }),
    output: Type.Object({ outcomes: Type.Array(SendOutcome) }),
    errors: [],
  },
  /** Which of these pictures are somebody's or a group's, or are kept with a report. */
  picturesInUse: {
    input: Type.Object({ attachmentIds: Type.Array(AttachmentId, { maxItems: 100 }) }),
    output: Type.Object({ attachmentIds: Type.Array(AttachmentId) }),
    errors: [],
  },
  /** An attachment of this message has changed: its present state is told as the message's. Nothing where it was deleted. */
  attachmentChanged: {
    input: Type.Object({ messageId: MessageId, attachment: Attachment }),
    output: Nothing,
    errors: [],
  },
  /** What was uploaded holds a virus: it goes into the audit log. */
  attachmentInfected: {
    input: Type.Object({
      attachmentId: AttachmentId,
      conversationId: orNull(ConversationId),
      uploaderId: UserId,
      signature: Type.String({ maxLength: 200 }),
    }),
    output: Nothing,
    errors: [],
  },
  /** Refuses who is neither an admin nor the host; what they are about to erase goes into the audit log. */
  mayErase: {
    input: EraseUploads,
    output: Nothing,
    errors: ['rate_limited', 'forbidden'],
  },
  /**
   * The card of the first link in that message, told as the message's new state. Not shown where its words have changed meanwhile, or it is
   * deleted: then its picture is nobody's.
   */
  linkPreviewed: {
    input: Type.Object({ messageId: MessageId, rev: Type.Integer(), preview: LinkPreview }),
    output: Type.Object({ shown: Type.Optional(Type.Boolean()) }),
    errors: [],
  },
})
export type Authority = Api<typeof authority>
