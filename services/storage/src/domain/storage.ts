import type { Actor, Attachment, Attachments, Claims, DirectUploads } from '@parley/contracts'
import { createAttachments } from './attachments.ts'
import { claimAttachments } from './claims/claim-attachments.ts'
import { copyAttachments } from './claims/copy-attachments.ts'
import { hearMessages } from './claims/hear-messages.ts'
import { keepPictures } from './claims/keep-pictures.ts'
import { releaseAttachments } from './claims/release-attachments.ts'
import { collectAttachments, collectObjects, collectOrphans, collectPictures } from './collect.ts'
import type { Deps } from './deps.ts'
import { type Content, type ContentRef, openContent, openLinked, openPicture } from './downloads/open-content.ts'
import { type LinkPreviews, linkPreviews } from './link-previews/link-previews.ts'
import type { Links } from './ports/links.ts'
import type { Incoming, ReceivedFile } from './ports.ts'
import { scan, tellVerdict } from './scan.ts'
import { admitUpload } from './uploads/admit-upload.ts'
import { beginDirectUpload, collectDirectUploads, completeDirectUpload } from './uploads/direct-upload.ts'
import { findUploaded } from './uploads/find-uploaded.ts'
import { type FileUpload, keepFile } from './uploads/keep-file.ts'
import type { AttachmentRules, UploadPlace } from './uploads/may-upload.ts'

/** Everything that the storage service does with attachments, whoever asks for it. */
export interface Storage {
  attachments: Attachments
  directUploads: DirectUploads
  claims: Claims
  /** What holds for an upload there; rejects where the actor may not, or where there is no room for it. */
  admitUpload(actor: Actor, place: UploadPlace, key?: string): Promise<AttachmentRules>
  keepFile(actor: Actor, upload: FileUpload, file: ReceivedFile): Promise<Attachment>
  /** What the actor uploaded with that key, if it is still there. */
  findUploaded(actor: Actor, key: string): Promise<Attachment | undefined>
  openContent(actor: Actor, ref: ContentRef): Promise<Content>
  openLinked(ref: ContentRef & { tenantId: string }): Promise<Content>
  openPicture(ref: ContentRef): Promise<Content>
  hear: ReturnType<typeof hearMessages>
  linkPreviews: LinkPreviews
  scan(tenantId: string, sha256: string, payload: { tells?: boolean }): Promise<void>
  /** Tells what the scanner found in one; `signature` names the virus. */
  tellVerdict(tenantId: string, attachmentId: string, signature: string | null): Promise<void>
  collectAttachments(): Promise<number>
  collectPictures(): Promise<number>
  collectObjects(): Promise<number>
  collectOrphans(olderThanMs?: number): Promise<number>
  collectDirectUploads(olderThanMs?: number): Promise<number>
}

export function createStorage(deps: Deps & { links: Links; incoming: Incoming }): Storage {
  const [hear, previews] = [hearMessages(deps), linkPreviews(deps)]
  return {
    attachments: createAttachments(deps),
    directUploads: {
      beginDirectUpload: (...given) => beginDirectUpload(deps, ...given),
      completeDirectUpload: (...given) => completeDirectUpload(deps, ...given),
    },
    claims: {
      claimAttachments: claimAttachments(deps),
      copyAttachments: copyAttachments(deps),
      messageWritten: async ({ tenantId }, { message }) => {
        if (message.attachments.length > 0) await hear.written(tenantId, message.id, message.attachments)
        await previews.written(tenantId, message)
        return {}
      },
      releaseAttachments: releaseAttachments(deps),
      keepPictures: keepPictures(deps),
    },
    admitUpload: (...given) => admitUpload(deps, ...given),
    keepFile: (...given) => keepFile(deps, ...given),
    findUploaded: (...given) => findUploaded(deps, ...given),
    openContent: (...given) => openContent(deps, ...given),
    openLinked: (ref) => openLinked(deps, ref),
    openPicture: (ref) => openPicture(deps, ref),
    hear,
    linkPreviews: previews,
    scan: (...given) => scan(deps, ...given),
    tellVerdict: (...given) => tellVerdict(deps, ...given),
    collectAttachments: () => collectAttachments(deps),
    collectPictures: () => collectPictures(deps),
    collectObjects: () => collectObjects(deps),
    collectOrphans: (olderThanMs) => collectOrphans(deps, olderThanMs),
    collectDirectUploads: (olderThanMs) => collectDirectUploads(deps, olderThanMs),
  }
}
