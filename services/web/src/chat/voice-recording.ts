import { peaksOf } from './peaks.ts'
import { mediaType } from './upload-rules.ts'

export interface Recorded {
  file: File
  peaks: readonly number[]
  durationMs: number
}

/** What browsers write, the best first. */
const FORMATS = [
  { type: 'audio/webm;codecs=opus', ending: 'webm' },
  { type: 'audio/mp4', ending: 'm4a' },
  { type: 'audio/ogg;codecs=opus', ending: 'ogg' },
]

/** The microphone while somebody speaks into it. It is let go by `stop`, and by disposing of it. */
export class VoiceRecording implements Disposable {
  readonly #stream: MediaStream
  readonly #recorder: MediaRecorder
  readonly #context: AudioContext
  readonly #analyser: AnalyserNode
  readonly #samples: Uint8Array<ArrayBuffer>
  readonly #parts: Blob[] = []
  readonly #ending: string
  readonly #begunAt = performance.now()

  private constructor(stream: MediaStream, format: (typeof FORMATS)[number]) {
    this.#stream = stream
    this.#ending = format.ending
    this.#recorder = new MediaRecorder(stream, { mimeType: format.type, audioBitsPerSecond: 32_000 })
    this.#recorder.ondataavailable = ({ data }) => data.size > 0 && this.#parts.push(data)
    this.#context = new AudioContext()
    this.#analyser = this.#context.createAnalyser()
    this.#analyser.fftSize = 1024
    this.#samples = new Uint8Array(this.#analyser.fftSize)
    this.#context.createMediaStreamSource(stream).connect(this.#analyser)
    this.#recorder.start(1000)
  }

  /** Rejects with an error that `microphoneProblem` has words for. */
  static async begin(): Promise<VoiceRecording> {
    const format = FORMATS.find(({ type }) => MediaRecorder.isTypeSupported(type))
    if (!navigator.mediaDevices || !format) throw new DOMException('', 'NotSupportedError')
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    })
    return new VoiceRecording(stream, format)
  }

  get elapsedMs(): number {
    return performance.now() - this.#begunAt
  }

  /** How loud it is now, from 0 to 100. */
  level(): number {
    this.#analyser.getByteTimeDomainData(this.#samples)
    let highest = 0
    for (const sample of this.#samples) highest = Math.max(highest, Math.abs(sample - 128))
    return Math.min(100, Math.round((highest / 128) * 140))
  }

  /** Ends it. Rejects where nothing was recorded. */
  async stop(): Promise<Recorded> {
    const ended = new Promise<void>((resolve) => {
      this.#recorder.onstop = () => resolve()
    })
    this.#recorder.stop()
    await ended
    const blob = new Blob(this.#parts, { type: mediaType(this.#recorder.mimeType) })
    const sound = await this.#context.decodeAudioData(await blob.arrayBuffer())
    this[Symbol.dispose]()
    const file = new File([blob], `Voice message.${this.#ending}`, { type: blob.type })
    return { file, peaks: peaksOf(sound.getChannelData(0)), durationMs: Math.round(sound.duration * 1000) }
  }

  [Symbol.dispose](): void {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop()
    for (const track of this.#stream.getTracks()) track.stop()
    if (this.#context.state !== 'closed') void this.#context.close()
  }
}

const problems: Readonly<Record<string, string>> = {
  NotAllowedError: 'This page may not use the microphone. Allow it in the settings of your browser for this page.',
  NotFoundError: 'No microphone was found.',
  NotReadableError: 'The microphone is used by another program.',
  NotSupportedError: 'This browser records nothing here. It needs a secure connection (https).',
}

export const microphoneProblem = (err: unknown): string =>
  problems[err instanceof DOMException ? err.name : ''] ?? 'Nothing could be recorded.'

/** Whether it is worth offering. */
export const canRecord = (): boolean => typeof MediaRecorder === 'function'
