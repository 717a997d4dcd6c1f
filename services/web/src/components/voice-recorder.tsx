import { useEffect, useRef, useState } from 'react'
import { microphoneProblem, type Recorded, VoiceRecording } from '../chat/voice-recording.ts'
import { durationText } from '../text/files.ts'
import { IconButton } from './icon-button.tsx'
import styles from './voice-recorder.module.css'
import { Waveform } from './waveform.tsx'

interface VoiceRecorderProps {
  /** `send`: at once, without listening to it first. */
  onRecorded(recorded: Recorded, send: boolean): void
  onCancel(): void
}

const LEVELS = 40
const EVERY_MS = 80
/** Longer ones are no messages. */
const MAX_MS = 15 * 60_000
/** Shorter ones were a slip of the finger. */
const MIN_MS = 300

/** Records from the moment when it appears, in the place of the line that is written. */
export default function VoiceRecorder({ onRecorded, onCancel }: VoiceRecorderProps) {
  const recording = useRef<VoiceRecording | null>(null)
  const [elapsed, setElapsed] = useState<number | null>(null)
  const [levels, setLevels] = useState<readonly number[]>(() => Array.from({ length: LEVELS }, () => 0))
  const [problem, setProblem] = useState<string | null>(null)
  const [ending, setEnding] = useState(false)

  useEffect(() => {
    let over = false
    VoiceRecording.begin().then(
      (begun) => {
        if (over) return begun[Symbol.dispose]()
        recording.current = begun
        setElapsed(0)
      },
      (err) => !over && setProblem(microphoneProblem(err)),
    )
    const timer = setInterval(() => {
      const now = recording.current
      if (!now) return
      setElapsed(now.elapsedMs)
      setLevels((before) => [...before.slice(1), now.level()])
    }, EVERY_MS)
    return () => {
      over = true
      clearInterval(timer)
      recording.current?.[Symbol.dispose]()
      recording.current = null
    }
  }, [])

  const finish = async (send: boolean) => {
    const now = recording.current
    if (!now || ending) return
    if (now.elapsedMs < MIN_MS) return onCancel()
    setEnding(true)
    recording.current = null
    try {
      onRecorded(await now.stop(), send)
    } catch (err) {
      now[Symbol.dispose]()
      setProblem(microphoneProblem(err))
    }
  }
  const sendButton = useRef<HTMLButtonElement>(null)
  const begun = elapsed !== null
  useEffect(() => {
    if (begun) sendButton.current?.focus()
  }, [begun])
  const isFull = elapsed !== null && elapsed >= MAX_MS
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is full
  useEffect(() => {
    if (isFull) void finish(false)
  }, [isFull])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape for whatever has the focus inside
    <div
      className={styles.recorder}
      data-testid="recorder"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onCancel()
      }}
    >
      <IconButton
        icon="trash"
        data-testid="recorder-cancel"
        label="Cancel the recording"
        title="Cancel"
        onClick={onCancel}
      />
      {problem ? (
        <p className={styles.problem} role="alert" data-testid="recorder-problem">
          {problem}
        </p>
      ) : (
        <>
          <span className={styles.time} data-testid="recorder-time">
            <span className={styles.dot} aria-hidden="true" />
            {elapsed === null ? 'Waiting for the microphone…' : durationText(elapsed)}
          </span>
          <span className={styles.levels}>{elapsed !== null && <Waveform peaks={levels} played={1} />}</span>
          <span className="visually-hidden" role="status">
            {elapsed === null ? '' : 'Recording'}
          </span>
          <IconButton
            icon="stop"
            data-testid="recorder-stop"
            label="Stop, and listen before sending"
            title="Stop and listen"
            disabled={elapsed === null || ending}
            onClick={() => void finish(false)}
          />
          <IconButton
            ref={sendButton}
            icon="send"
            strong
            data-testid="recorder-send"
            label="Send the recording"
            title="Send"
            disabled={elapsed === null || ending}
            onClick={() => void finish(true)}
          />
        </>
      )}
    </div>
  )
}
