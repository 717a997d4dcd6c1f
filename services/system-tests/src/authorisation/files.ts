import type { attachments, directUploads, OperationId } from '@parley/contracts'
import { anywhere, conversation, conversations, messages } from './messages.ts'
import {
  adminsOnly,
  type Case,
  ended,
  everybody,
  owners,
  participants,
  users,
  type Verdicts,
  whileOpen,
} from './verdicts.ts'
import type { Target } from './world.ts'

/** What the storage service offers: by contract, and the routes of its own that move bytes. */
export type FileOperation =
  | OperationId<typeof attachments>
  | OperationId<typeof directUploads>
  | 'uploadAttachments'
  | 'beginResumableUpload'
  | 'resumeUpload'
  | 'endResumableUpload'
  | 'getContent'
  | 'getVariant'
  | 'openLink'
  | 'getPicture'
  | 'getPictureVariant'

const anybody: Verdicts = { ...users('ok'), none: 'ok', disabled: 'ok', admin: 'ok', service: 'ok' }
const nobody: Verdicts = { ...users('not_found'), admin: 'not_found', service: 'not_found' }
const asMessages: Verdicts = { ...participants, admin: 'ok', service: 'ok' }

const sent = ({ files }: Target) => ({ attachmentId: files.sent })
/** As the message that has it; admins look as they may at any message. */
const ofMessage = (input: Case['input'] = sent): Case => ({ at: messages, may: asMessages, input })
/** What is not in a message yet is its uploader's alone, while they are in the conversation. */
const unsent: Case[] = [
  {
    way: 'of their own, unsent',
    whose: 'own',
    at: conversations,
    may: participants,
    input: ({ files }) => ({ attachmentId: files.own }),
  },
  {
    way: "of the host's, unsent",
    at: conversations,
    may: { ...nobody, service: 'ok' },
    input: ({ files }) => ({ attachmentId: files.hosts }),
  },
]
const nobodys = (input: Case['input']): Case => ({
  way: 'that is none',
  at: anywhere,
  may: { ...nobody, none: 'not_found', disabled: 'not_found' },
  input,
})

/** Into a conversation as one writes there; the backend uploads for whomever it will send as. */
const uploading: Case = {
  at: conversations,
  may: { ...participants, observer: 'forbidden', blocked: 'blocked', service: 'ok' },
  but: ended,
  input: conversation,
}
/** Begun by the owner: to others it is not there. */
const begun = (uploadId: (target: Target) => string): Case => ({
  at: anywhere,
  may: { ...nobody, disabled: 'not_found', owner: 'ok' },
  input: (it) => ({ uploadId: uploadId(it) }),
})
/** Where files are kept in a folder nobody is given a form for a bucket. */
const inNoBucket = (input: Case['input']): Case => ({
  at: anywhere,
  may: {
    ...users('not_supported'),
    ...{ disabled: 'not_supported', admin: 'not_supported', service: 'not_supported' },
  },
  input,
})

export const fileOperations: Record<FileOperation, readonly Case[]> = {
  uploadAttachments: [
    uploading,
    {
      way: 'as the picture of a group',
      at: conversations,
      may: owners,
      but: whileOpen,
      input: (it) => ({ ...conversation(it), purpose: 'group_picture' }),
    },
    { way: 'as their own picture', at: anywhere, may: everybody, input: () => ({ purpose: 'profile_picture' }) },
  ],
  beginResumableUpload: [uploading],
  resumeUpload: [begun(({ files }) => files.begun[0])],
  endResumableUpload: [begun(({ files }) => files.begun[1])],
  beginDirectUpload: [inNoBucket(() => ({ purpose: 'profile_picture', name: 'a.jpg', mime: 'image/jpeg', size: 5 }))],
  completeDirectUpload: [inNoBucket(({ files }) => ({ uploadId: files.picture }))],
  getAttachment: [ofMessage(), ...unsent],
  getContent: [ofMessage(), ...unsent],
  getVariant: [ofMessage(({ files }) => ({ attachmentId: files.image, variant: 'thumbnail' }))],
  linkAttachment: [ofMessage(), ...unsent],
  discardAttachment: [
    {
      way: 'of their own, unsent',
      whose: 'own',
      at: conversations,
      may: { ...participants, exParticipant: 'ok' },
      input: ({ files }) => ({ attachmentId: files.discarded }),
    },
    {
      way: "of the host's, unsent",
      at: conversations,
      may: { ...nobody, service: 'ok' },
      input: ({ files }) => ({ attachmentId: files.hostsDiscarded }),
    },
    { way: 'in a message', at: messages, may: nobody, input: sent },
  ],
  openLink: [
    { at: anywhere, may: anybody, uses: 'link', input: ({ link }) => ({ token: link }) },
    nobodys(({ files }) => ({ token: `alpha.${files.picture}.original.inline.9999999999.AAAA` })),
  ],
  getPicture: [
    { at: anywhere, may: anybody, input: ({ files }) => ({ attachmentId: files.picture }) },
    nobodys(({ files }) => ({ attachmentId: files.image })),
  ],
  getPictureVariant: [
    { at: anywhere, may: anybody, input: ({ files }) => ({ attachmentId: files.picture, variant: 'thumbnail' }) },
    nobodys(({ files }) => ({ attachmentId: files.image, variant: 'thumbnail' })),
  ],
  eraseUploads: [
    {
      at: ['known', 'stranger', 'missing', 'foreign'],
      may: adminsOnly,
      makes: true,
      input: ({ userId }) => ({ userId }),
    },
  ],
}
