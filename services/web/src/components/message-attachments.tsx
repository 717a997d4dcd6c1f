import type { Attachment } from '@parley/contracts'
import { isVoice } from '../text/files.ts'
import { FileCard } from './file-card.tsx'
import { PictureGrid } from './picture-grid.tsx'
import { VideoPlayer } from './video-player.tsx'
import { VoicePlayer } from './voice-player.tsx'

/** A file, and how far its upload is while its message is on its way. */
export interface ShownFile {
  attachment: Attachment
  uploadId?: string
}

/** What is attached to a message, each as what it is. */
export function MessageAttachments({ files, onOpen }: { files: readonly ShownFile[]; onOpen?(id: string): void }) {
  const pictures = files.filter(({ attachment }) => attachment.kind === 'image')
  const others = files.filter(({ attachment }) => attachment.kind !== 'image')
  return (
    <>
      {pictures.length > 0 && <PictureGrid files={pictures} onOpen={onOpen} />}
      {others.map((file) => (
        <Other key={file.attachment.id} file={file} />
      ))}
    </>
  )
}

function Other({ file }: { file: ShownFile }) {
  const { attachment } = file
  const isReady = attachment.status === 'ready'
  if (isReady && attachment.kind === 'video') return <VideoPlayer file={file} />
  if (isReady && (isVoice(attachment) || attachment.kind === 'audio')) return <VoicePlayer file={file} />
  return <FileCard file={file} />
}
