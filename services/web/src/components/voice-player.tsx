import { useEffect, useRef, useState } from 'react'
import { durationText, isVoice, sizeText, spokenDuration } from '../text/files.ts'
import { isolated } from '../text/names.ts'
import { FileCard } from './file-card.tsx'
import { IconButton } from './icon-button.tsx'
import type { ShownFile } from './message-attachments.tsx'
import { UploadRing } from './upload-ring.tsx'
import { useAttachmentUrl } from './use-attachment-url.ts'
import { useUpload } from './use-uploads.ts'
import styles from './voice-player.module.css'
import { Waveform } from './waveform.tsx'

/** One plays at a time. */
let playing: HTMLAudioElement | null = null
/** As people chose it last, for all. */
let chosenSpeed = 1
const SPEEDS = [1, 1.5, 2]
/** Further than any recording: browsers find out how long one is on their way there. */
const FAR_S = 1e7

/** Sound with its levels, if it has them: played, moved in by pointer and by keyboard, and faster. */
export function VoicePlayer({ file }: { file: ShownFile }) {
  const { attachment, uploadId } = file
  const { durationMs, peaks, name, size } = attachment
  const upload = useUpload(uploadId)
  const [wanted, setWanted] = useState(false)
  const { url, failed, renew } = useAttachmentUrl(attachment, {
    local: upload?.url ?? null,
    wanted: wanted && uploadId === undefined,
  })
  const audio = useRef<HTMLAudioElement>(null)
  const startsWhenLoaded = useRef(false)
  const [isPlaying, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [measured, setMeasured] = useState<number | null>(null)
  const [speed, setSpeed] = useState(chosenSpeed)
  const total = (durationMs ?? (measured ?? 0) * 1000) / 1000

  useEffect(() => {
    const element = audio.current
    return () => {
      element?.pause()
      if (playing === element) playing = null
    }
  }, [])

  if (failed) return <FileCard file={file} />

  const play = () => {
    const element = audio.current
    if (!url || !element) {
      startsWhenLoaded.current = true
      return setWanted(true)
    }
    if (playing !== element) playing?.pause()
    playing = element
    element.playbackRate = speed
    void element.play().catch(() => {})
  }
  const seek = (seconds: number) => {
    setAt(seconds)
    setWanted(true)
    if (audio.current && Number.isFinite(seconds)) audio.current.currentTime = seconds
  }
  const changeSpeed = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1
    chosenSpeed = next
    setSpeed(next)
    if (audio.current) audio.current.playbackRate = next
  }
  const onLoadedMetadata = () => {
    const element = audio.current
    if (!element) return
    // What was recorded in a browser does not say how long it is.
    if (element.duration === Number.POSITIVE_INFINITY) {
      element.currentTime = FAR_S
      return
    }
    onMeasured()
  }
  const onMeasured = () => {
    const element = audio.current
    if (!element || !Number.isFinite(element.duration)) return
    if (measured !== null) return
    setMeasured(element.duration)
    element.currentTime = Math.min(at, element.duration)
    if (!startsWhenLoaded.current) return
    startsWhenLoaded.current = false
    play()
  }
  const label = isVoice(attachment) ? 'Voice message' : isolated(name)
  return (
    <div className={styles.player} data-testid="voice" data-playing={isPlaying}>
      <IconButton
        icon={isPlaying ? 'pause' : 'play'}
        strong
        data-testid="voice-play"
        label={isPlaying ? `Pause ${label}` : `Play ${label}`}
        onClick={isPlaying ? () => audio.current?.pause() : play}
      />
      <span className={styles.middle}>
        {!isVoice(attachment) && <bdi className={styles.name}>{name}</bdi>}
        <span className={styles.wave}>
          <Waveform peaks={peaks} played={total > 0 ? at / total : 0} />
          <input
            type="range"
            min={0}
            max={Math.max(total, 0.1)}
            step={0.1}
            value={Math.min(at, total)}
            aria-label={`Place in ${label}`}
            aria-valuetext={`${spokenDuration(at * 1000)} of ${spokenDuration(total * 1000)}`}
            data-testid="voice-seek"
            onChange={(event) => seek(event.target.valueAsNumber)}
          />
        </span>
        <span className={styles.facts}>
          <span data-testid="voice-time">{durationText((isPlaying || at > 0 ? at : total) * 1000)}</span>
          {!isVoice(attachment) && <span>{sizeText(size)}</span>}
        </span>
      </span>
      {uploadId === undefined ? (
        <button
          type="button"
          className={styles.speed}
          aria-label={`Speed: ${speed}×`}
          title="Speed"
          data-testid="voice-speed"
          onClick={changeSpeed}
        >
          {speed}×
        </button>
      ) : (
        <UploadRing uploadId={uploadId} />
      )}
      <audio
        ref={audio}
        {...(url && { src: url })}
        preload={wanted ? 'auto' : 'none'}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={({ currentTarget }) => measured !== null && setAt(currentTarget.currentTime)}
        onLoadedMetadata={onLoadedMetadata}
        onDurationChange={onMeasured}
        onError={() => {
          startsWhenLoaded.current ||= isPlaying
          setMeasured(null)
          renew()
        }}
      />
    </div>
  )
}
