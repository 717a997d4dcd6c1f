import type { Readable } from 'node:stream'
import type { AttachmentKind, VariantName } from '@parley/contracts'

/** Part of a file, both ends included, as in an HTTP range. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Where bytes are kept: a folder or an S3 bucket. It knows neither attachments nor who may see them. Whoever calls it keeps the account
 * of which keys are in use.
 */
export interface ObjectStore extends AsyncDisposable {
  /**
   * Keeps the file at `path` under the key: whole or not at all, and again without harm. The file may go afterwards, but not be written
   * to: on the same disk it is kept by a link. Rejects with `storage_full` where there is no room, with `unavailable` where the store is
   * out of reach.
   */
  put(key: string, path: string, about: { mime: string; size: number }): Promise<void>
  /** The bytes, or a part of them. Rejects with `MissingObject` before anything flows where there are none. */
  open(key: string, range?: ByteRange): Promise<Readable>
  /** Its size in bytes; undefined where there is no such object. */
  size(key: string): Promise<number | undefined>
  /** Also of what is not there. */
  remove(key: string): Promise<void>
  /** Keys of what was put before that time and begins so: what no account knows is found by them. */
  keys(prefix: string, before: Date): AsyncIterable<string>
  /** Rejects when it cannot be reached or written to. A full one passes: what is there can still be had. */
  check(): Promise<void>
  /** An address from which the bytes can be had for so many seconds without asking us; undefined where the store has none. */
  presignedUrl?(
    key: string,
    as: { expiresInSeconds: number; mime: string; contentDisposition: string },
  ): Promise<string>
  /** What a form has to say so that a browser uploads there, at most so many bytes. */
  presignedPost?(
    key: string,
    limits: { expiresInSeconds: number; maxBytes: number },
  ): Promise<{ url: string; fields: Record<string, string> }>
  /** Copies what is kept under the key to a new file at `path`. */
  fetch?(key: string, path: string): Promise<void>
}

/** There is nothing under the key. */
export class MissingObject extends Error {
  override name = 'MissingObject'
}

/** A file as it came in, on the local disk. */
export interface ReceivedFile {
  path: string
  /** As the sender calls it. */
  name: string
  /** The media type that the sender says, without parameters; undefined where they say none. */
  mime: string | undefined
  size: number
  /** In hexadecimal. */
  sha256: string
}

/** Files on their way in, on the local disk. Each folder goes with everything in it. */
export interface Incoming {
  open(): Promise<
    AsyncDisposable & {
      readonly path: string
      /** Writes what flows to a file. Of more than `maxBytes` the rest is left unread, and `size` is more than that. */
      receive(bytes: Readable, maxBytes: number): Promise<{ path: string; size: number; sha256: string }>
    }
  >
}

/** A file that is fit to be kept: the sender's, or what it was made into. */
export interface PreparedFile {
  path: string
  mime: string
  size: number
  sha256: string
}

export interface PreparedVariant extends PreparedFile {
  name: VariantName
  width: number
  height: number
}

/** What a file turned out to be. `path`s are within the folder that the caller gave, which goes with everything in it. */
export interface InspectedFile extends PreparedFile {
  /** As it is shown and downloaded: no path, nothing unseen, at most `MAX_FILE_NAME_LENGTH`. */
  name: string
  kind: AttachmentKind
  width: number | null
  height: number | null
  durationMs: number | null
  /** A ThumbHash in base64. */
  placeholder: string | null
  variants: PreparedVariant[]
}

/**
 * Finds out what a file is, refuses what may not be kept, and makes of an image what is kept of it. Rejects with `unsupported_media_type`,
 * `unreadable_file`, `payload_too_large`.
 */
export type Inspect = (
  file: ReceivedFile,
  to: { folder: string; isAllowed: (mime: string) => boolean; pictureOnly?: boolean },
) => Promise<InspectedFile>

/** What the page at a link says of itself. The picture's paths are within the folder that was given. */
export interface PreviewedPage {
  title: string
  description: string | null
  siteName: string | null
  imageFile: InspectedFile | undefined
}

/** Asks for the page of a link, which anybody may have written. Null where there is none that says what it is; it never rejects. */
export type PreviewOf = (url: string, to: { folder: string; signal?: AbortSignal }) => Promise<PreviewedPage | null>

/** Looks for viruses. Rejects with `unavailable` where the scanner cannot say. */
export interface VirusScanner {
  scan(bytes: Readable): Promise<{ clean: true } | { clean: false; signature: string }>
  check(): Promise<void>
}
