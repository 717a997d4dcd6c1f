import type { Attachment, AttachmentKind } from '@parley/contracts'
import { type FailureCode, toRequestFailure } from '../net/request-failure.ts'
import type { UploadInput } from '../net/upload-file.ts'
import { uploadFailureText } from '../text/upload-failures.ts'
import { newClientId } from './client-id.ts'
import { kindOfType, mediaType, refusalOf, type UploadRules } from './upload-rules.ts'

/** A file that somebody has chosen for a conversation. */
export interface Upload {
  /** Also the key under which the server knows it again. */
  readonly id: string
  readonly conversationId: string
  readonly file: File
  readonly kind: AttachmentKind
  readonly voice: { peaks: readonly number[]; durationMs: number } | null
  /** Where this browser shows it from; null: it is nothing that is shown. */
  readonly url: string | null
  /** Pixels of a picture, once they are known. */
  readonly width: number | null
  readonly height: number | null
  /** `refused`: by the rules, before anything went out. */
  readonly state: 'waiting' | 'uploading' | 'uploaded' | 'failed' | 'refused'
  /** From 0 to 1. */
  readonly progress: number
  readonly attachment: Attachment | null
  /** Why it failed or was refused, in words. */
  readonly detail: string | null
  readonly code: FailureCode | null
  readonly retryable: boolean
  /** It belongs to a message that is on its way, and is in no tray any more. */
  readonly taken: boolean
}

export interface UploadsDeps {
  /** Rejects with `RequestFailure`, or when its signal ends it. */
  upload(input: UploadInput): Promise<Attachment>
  /** Takes back what was uploaded and is not sent. */
  discard(attachmentId: string): Promise<unknown>
  rules(): UploadRules | null
  wait(ms: number): Promise<void>
  /** An address of the file in this browser. */
  show(file: File): string
  forget(url: string): void
  /** Rejects where it is no picture. */
  measure(url: string): Promise<{ width: number; height: number }>
  /** It has come to an end: with its attachment, or with a failure. */
  onSettled(upload: Upload): void
}

const AT_ONCE = 3
const MAX_ATTEMPTS = 4
const none: readonly Upload[] = []

/**
 * What is being uploaded, by conversation: it goes on whatever is open. Three at a time; what the network swallowed is tried again under
 * the same key, so that the server keeps one of it. Files live as long as the tab.
 */
export class Uploads implements Disposable {
  readonly #deps: UploadsDeps
  readonly #uploads = new Map<string, Upload>()
  readonly #trays = new Map<string, readonly Upload[]>()
  readonly #running = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()
  /** Where this browser still shows what it has uploaded, by attachment. */
  readonly #local = new Map<string, string>()

  constructor(deps: UploadsDeps) {
    this.#deps = deps
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get(id: string): Upload | undefined {
    return this.#uploads.get(id)
  }

  /** What is chosen for the conversation's next message: the same list until something changes. */
  trayOf(conversationId: string): readonly Upload[] {
    return this.#trays.get(conversationId) ?? none
  }

  /** An address in this browser of what was uploaded from here. */
  localUrl(attachmentId: string): string | null {
    return this.#local.get(attachmentId) ?? null
  }

  /** Something would be lost with the tab. */
  get atRisk(): boolean {
    return [...this.#uploads.values()].some(
      ({ state, taken }) => state !== 'refused' && !(taken && state === 'uploaded'),
    )
  }

  /** How many files are chosen and in no message yet. */
  get chosen(): number {
    return [...this.#uploads.values()].filter(({ state, taken }) => state !== 'refused' && !taken).length
  }

  /** What the rules refuse stands in the tray as well, and says why. */
  add(conversationId: string, files: readonly File[], voice: Upload['voice'] = null): readonly Upload[] {
    const added = files.map((file): Upload => {
      const already = this.trayOf(conversationId).filter(({ state }) => state !== 'refused').length
      const detail = refusalOf(file, this.#deps.rules(), already)
      const kind = kindOfType(mediaType(file.type))
      const upload: Upload = {
        id: newClientId(),
        conversationId,
        file,
        kind,
        voice,
        url: detail === null && kind !== 'file' ? this.#deps.show(file) : null,
        width: null,
        height: null,
        state: detail === null ? 'waiting' : 'refused',
        progress: 0,
        attachment: null,
        detail,
        code: null,
        retryable: false,
        taken: false,
      }
      this.#put(upload)
      if (kind === 'image') void this.#measure(upload)
      return upload
    })
    this.#next()
    return added
  }

  /** Tries again what failed. */
  retry(id: string): void {
    if (this.#uploads.get(id)?.state !== 'failed') return
    this.#change(id, { state: 'waiting', progress: 0, detail: null, code: null })
    this.#next()
  }

  /** The connection is back: what had none goes on. */
  resume(): void {
    for (const { id, code } of this.#uploads.values()) if (code === 'disconnected') this.retry(id)
  }

  /** Ends it; what has reached the server already is taken back. */
  cancel(id: string): void {
    const upload = this.#uploads.get(id)
    if (!upload) return
    this.#running.get(id)?.abort()
    this.#remove(upload)
    if (upload.url) this.#deps.forget(upload.url)
    if (upload.attachment) {
      this.#local.delete(upload.attachment.id)
      // What nobody takes back is collected.
      this.#deps.discard(upload.attachment.id).catch(() => {})
    }
    this.#next()
  }

  /** All of the tray goes into a message; what the rules had refused goes away. */
  take(conversationId: string): readonly Upload[] {
    const tray = this.trayOf(conversationId)
    for (const { id, state } of tray) if (state === 'refused') this.cancel(id)
    const taken = this.trayOf(conversationId)
    for (const { id } of taken) this.#change(id, { taken: true })
    return taken.map(({ id }) => this.#uploads.get(id)!)
  }

  /** Of a message that was not sent, back into the tray. */
  giveBack(ids: readonly string[]): void {
    for (const id of ids) this.#change(id, { taken: false })
  }

  /** Its message is sent. */
  release(ids: readonly string[]): void {
    for (const id of ids) {
      const upload = this.#uploads.get(id)
      // Its address stays: the message is shown from it.
      if (upload) this.#remove(upload)
    }
  }

  #next(): void {
    for (const { id, state } of this.#uploads.values()) {
      if (this.#running.size >= AT_ONCE) return
      if (state === 'waiting' && !this.#running.has(id)) void this.#run(id)
    }
  }

  async #run(id: string): Promise<void> {
    const controller = new AbortController()
    this.#running.set(id, controller)
    const { signal } = controller
    for (let attempt = 1; !signal.aborted; attempt++) {
      const upload = this.#change(id, { state: 'uploading', progress: 0 })
      if (!upload) break
      try {
        const { file, conversationId, voice } = upload
        const onProgress = (share: number) => this.#advance(id, share)
        const attachment = await this.#deps.upload({
          ...{ file, conversationId, voice, signal, onProgress },
          purpose: 'message',
          key: id,
        })
        if (signal.aborted) void this.#deps.discard(attachment.id).catch(() => {})
        else this.#finish(id, attachment)
        break
      } catch (err) {
        if (signal.aborted) break
        const { code, message, retryable, retryAfterMs } = toRequestFailure(err)
        if (!retryable || code === 'disconnected' || attempt === MAX_ATTEMPTS) {
          const failed = { state: 'failed', code, detail: uploadFailureText(code, message) } as const
          this.#settle(id, { ...failed, retryable: retryable || code === 'storage_full' })
          break
        }
        await this.#deps.wait(retryAfterMs ?? 500 * 2 ** attempt)
      }
    }
    this.#running.delete(id)
    this.#next()
  }

  #finish(id: string, attachment: Attachment): void {
    const url = this.#uploads.get(id)?.url
    if (url) this.#local.set(attachment.id, url)
    this.#settle(id, { state: 'uploaded', progress: 1, attachment })
  }

  #settle(id: string, patch: Partial<Upload>): void {
    const upload = this.#change(id, patch)
    if (upload) this.#deps.onSettled(upload)
  }

  /** In whole percents: each is drawn. */
  #advance(id: string, share: number): void {
    const progress = Math.floor(share * 100) / 100
    if (this.#uploads.get(id)?.progress !== progress) this.#change(id, { progress })
  }

  async #measure({ id, url }: Upload): Promise<void> {
    const size = url && (await this.#deps.measure(url).catch(() => null))
    if (size) this.#change(id, size)
  }

  #change(id: string, patch: Partial<Upload>): Upload | undefined {
    const upload = this.#uploads.get(id)
    if (!upload) return undefined
    const changed = { ...upload, ...patch }
    this.#put(changed)
    return changed
  }

  #put(upload: Upload): void {
    this.#uploads.set(upload.id, upload)
    this.#tell(upload.conversationId)
  }

  #remove({ id, conversationId }: Upload): void {
    this.#uploads.delete(id)
    this.#tell(conversationId)
  }

  #tell(conversationId: string): void {
    const tray = [...this.#uploads.values()].filter((one) => one.conversationId === conversationId && !one.taken)
    this.#trays.set(conversationId, tray)
    for (const listener of this.#listeners) listener()
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort()
    const urls = [...this.#uploads.values()].flatMap(({ url }) => url ?? [])
    for (const url of new Set([...urls, ...this.#local.values()])) this.#deps.forget(url)
    this.#uploads.clear()
    this.#listeners.clear()
  }
}
