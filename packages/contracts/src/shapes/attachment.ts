import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
/** The address of a picture: anywhere, or one that was uploaded here, as that was answered; null: none. */
export const PictureUrl = Type.Union([
  Type.String({ maxLength: 2048, pattern: '^https?://[^\\s\\p{Cc}]*$' }),
  Type.String({ pattern: `^/v1/pictures/${uuidPattern.slice(1, -1)}(/(thumbnail|medium))?$` }),
  Type.Null(),
])

const uuid = new RegExp(uuidPattern)
export const isUuid = (text: string): boolean => uuid.test(text)
export const AttachmentId = Type.String({ pattern: uuidPattern, description: 'An attachment (UUIDv7)' })

/** As many as a message may have under any policy. */
export const MAX_ATTACHMENTS = 50
/** Characters of a name, the ending included. Longer ones are shortened before it. */
export const MAX_FILE_NAME_LENGTH = 255
/** How many levels a voice message is drawn with. */
export const MAX_PEAKS = 100

/** How it is shown: as the picture, film or sound that it is, or as something to be downloaded. */
export type AttachmentKind = Static<typeof AttachmentKind>
export const AttachmentKind = Type.Enum(['image', 'video', 'audio', 'file'])

/** Smaller pictures of an image: at most 320 and at most 1,280 pixels wide and high, as WebP. */
export type VariantName = Static<typeof VariantName>
export const VariantName = Type.Enum(['thumbnail', 'medium'])

/** Levels of sound over time, each from 0 to 100, evenly from the beginning to the end. */
export const Peaks = Type.Array(Type.Integer({ minimum: 0, maximum: 100 }), { maxItems: MAX_PEAKS })

/** A file that was uploaded, as messages carry it. Its bytes are asked for by its id. */
export type Attachment = Static<typeof Attachment>
export const Attachment = Type.Object({
  id: AttachmentId,
  name: Type.String({ description: "The file's name: no path, nothing unseen" }),
  mime: Type.String({ description: 'What it is, found in its bytes' }),
  size: Type.Integer({ description: 'Bytes' }),
  kind: AttachmentKind,
  width: orNull(Type.Integer(), 'Pixels, of images and videos'),
  height: orNull(Type.Integer(), 'Pixels, of images and videos'),
  durationMs: orNull(Type.Integer(), 'Of videos and sound, where it can be known'),
  placeholder: orNull(Type.String(), 'A ThumbHash in base64, to be drawn while an image is loading'),
  peaks: Type.Optional(Peaks),
  status: Type.Enum(['pending', 'ready', 'infected'], {
    description:
      '`pending`: it is being checked for viruses and cannot be downloaded yet; `infected`: it never can. A change is told as `message_updated`',
  }),
  variants: Type.Array(VariantName),
})

/** What an upload is for: to be sent in a conversation, or to be somebody's or a group's picture, which whoever has its address may see. */
export type UploadPurpose = Static<typeof UploadPurpose>
export const UploadPurpose = Type.Enum(['message', 'profile_picture', 'group_picture'])

export type LinkAttachment = Static<typeof LinkAttachment>
export const LinkAttachment = Type.Object(
  {
    attachmentId: AttachmentId,
    variant: Type.Optional(VariantName),
    disposition: Type.Optional(
      Type.Enum(['inline', 'attachment'], {
        description: 'Shown or downloaded; what is not safe to be shown is always downloaded. Left out: `inline`',
      }),
    ),
  },
  { additionalProperties: false },
)
export type AttachmentLink = Static<typeof AttachmentLink>
export const AttachmentLink = Type.Object({
  url: Type.String({ description: 'To be opened without a token by whoever has it, until it ends' }),
  expiresAt: Timestamp,
})

/** A file that is to go straight to the bucket. */
export type BeginDirectUpload = Static<typeof BeginDirectUpload>
export const BeginDirectUpload = Type.Object(
  {
    purpose: Type.Optional(UploadPurpose),
    conversationId: Type.Optional(ConversationId),
    name: Type.String({ minLength: 1, maxLength: 5_000, description: "The file's name" }),
    mime: Type.Optional(Type.String({ minLength: 3, maxLength: 200, description: 'What the sender takes it for' })),
    size: Type.Integer({ minimum: 1, maximum: 1_073_741_824, description: 'Bytes' }),
    peaks: Type.Optional(Peaks),
    durationMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
)
export type DirectUpload = Static<typeof DirectUpload>
export const DirectUpload = Type.Object({
  uploadId: AttachmentId,
  url: Type.String({ description: 'Where a form with these fields, and then the `file`, is posted to' }),
  fields: Type.Record(Type.String(), Type.String()),
  expiresAt: Timestamp,
})
export const DirectUploadRef = Type.Object({ uploadId: AttachmentId }, { additionalProperties: false })

export const AttachmentRef = Type.Object({ attachmentId: AttachmentId }, { additionalProperties: false })

export const EraseUploads = Type.Object({ userId: UserId }, { additionalProperties: false })
export type ErasedUploads = Static<typeof ErasedUploads>
export const ErasedUploads = Type.Object({
  erased: Type.Integer({ description: 'Files of theirs that are gone' }),
  remaining: Type.Integer({ description: 'Files of others with the same bytes' }),
})

/** A card for the first link of a message. */
export type LinkPreview = Static<typeof LinkPreview>
export const LinkPreview = Type.Object({
  url: Type.String(),
  title: Type.String(),
  description: orNull(Type.String()),
  siteName: orNull(Type.String()),
  image: orNull(Attachment),
})

/** A message, as the sender named it: known before it is written, and the same through every retry. */
export type SendKey = Static<typeof SendKey>
export const SendKey = Type.Object({
  conversationId: ConversationId,
  senderId: UserId,
  clientId: Type.String(),
})

/** What became of a message that something was claimed for. */
export type SendOutcome = Static<typeof SendOutcome>
export const SendOutcome = Type.Object({
  key: SendKey,
  /** Null: it was not written. */
  messageId: orNull(MessageId),
  /** It may be written yet: it is scheduled. */
  waiting: Type.Boolean(),
})
