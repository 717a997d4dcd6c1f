import type { Message } from '@parley/contracts'
import { type KeyboardEvent, lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { type HeldConversation, maxLengthOf } from '../chat/chat-state.ts'
import { sendChosen } from '../chat/sent-files.ts'
import { rulesOf, takes } from '../chat/upload-rules.ts'
import { canRecord, type Recorded } from '../chat/voice-recording.ts'
import { belongsToInputMethod } from '../text/keys.ts'
import { cleanText, lengthOf } from '../text/length.ts'
import { withMentions } from '../text/mentions.ts'
import { readableText } from '../text/names.ts'
import { useChat, useSession } from './chat-context.ts'
import { Completions } from './completions.tsx'
import { ComposeMenu, type Made } from './compose-menu.tsx'
import styles from './composer.module.css'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { MakeDialog } from './make-dialog.tsx'
import { ReplyQuote } from './reply-quote.tsx'
import { RoomLeft } from './room-left.tsx'
import { UploadTray } from './upload-tray.tsx'
import { useCompletions } from './use-completions.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { useTray } from './use-uploads.ts'

interface ComposerProps {
  conversation: HeldConversation
  /** Given: its text is being changed instead of a new one written. */
  editing: Message | null
  onEdited(): void
  onEditLast(): void
}

/** Loaded when somebody speaks for the first time. */
const VoiceRecorder = lazy(() => import('./voice-recorder.tsx'))
const touch = matchMedia('(hover: none)')

export function Composer({ conversation, editing, onEdited, onEditLast }: ComposerProps) {
  const { id } = conversation
  const { store, outbox, uploads, changes, typing } = useSession()
  const tray = useTray(id)
  const draft = useChat((state) => state.drafts[id] ?? '')
  const limit = useChat(maxLengthOf)
  const begun = useChat((state) => (editing ? state.changes[editing.id]?.content : undefined))
  const replyTo = useChat((state) => (editing ? undefined : state.replies[id]))
  const [edited, setEdited] = useState(() =>
    readableText(begun || (editing?.content ?? ''), editing?.mentions ?? [], conversation.participants),
  )
  const speaks = useChat((state) => takes(rulesOf(state.policy), 'audio'))
  const [recording, setRecording] = useState(false)
  const [making, setMaking] = useState<Made | null>(null)
  const text = editing ? edited : draft
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    // On a phone that would open the keyboard over the messages before anybody wants to write.
    if (!touch.matches || editing) field.current?.focus()
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
  }, [editing])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    const line = element.parentElement
    // The line keeps its height meanwhile, or the messages above would be moved by the measuring.
    if (line) line.style.minHeight = `${line.offsetHeight}px`
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
    if (line) line.style.minHeight = ''
  }, [text, recording])

  const change = (value: string) => {
    if (editing) return setEdited(value)
    store.dispatch({ type: 'draft_changed', conversationId: id, text: value })
    if (value.trim()) typing.typed(id)
    else typing.stop()
  }

  const completions = useCompletions(field, conversation, text, change, !editing)
  const content = withMentions(cleanText(text), conversation.participants)
  const isTooLong = lengthOf(content) > limit
  const empty = () => {
    store.dispatch({ type: 'reply_chosen', conversationId: id, replyTo: null })
    store.dispatch({ type: 'draft_changed', conversationId: id, text: '' })
  }
  const hasFiles = !editing && tray.some(({ state }) => state !== 'refused')
  // What has failed is tried again or taken away first: it would be missed.
  const hasFailed = !editing && tray.some(({ state }) => state === 'failed')
  const canSend = (content !== '' || hasFiles) && !isTooLong && !hasFailed
  const choose = (files: readonly File[]) => {
    if (files.length === 0) return
    uploads.add(id, files)
    field.current?.focus()
  }
  const form = useRef<HTMLFormElement>(null)
  const over = useFileDrop(form, editing ? null : choose)
  const submit = () => {
    if (!canSend) return
    if (editing) {
      if (content !== editing.content) void changes.edit(editing, content)
      return onEdited()
    }
    typing.stop()
    if (hasFiles) sendChosen({ uploads, outbox }, id, content, replyTo ?? null)
    else outbox.write(id, content, replyTo ?? null)
    empty()
  }

  const endRecording = () => {
    setRecording(false)
    requestAnimationFrame(() => field.current?.focus())
  }
  const recorded = ({ file, peaks, durationMs }: Recorded, send: boolean) => {
    uploads.add(id, [file], { peaks, durationMs })
    endRecording()
    if (!send || uploads.trayOf(id).some(({ state }) => state === 'failed' || state === 'refused')) return
    sendChosen({ uploads, outbox }, id, '', replyTo ?? null)
    store.dispatch({ type: 'reply_chosen', conversationId: id, replyTo: null })
  }
  const mayRecord = speaks && canRecord() && !editing && content === '' && !hasFiles
  const onKeyDown = (event: KeyboardEvent) => {
    if (belongsToInputMethod(event.nativeEvent) || completions.onKey(event)) return
    if (event.key === 'Escape' && replyTo) {
      event.preventDefault()
      store.dispatch({ type: 'reply_chosen', conversationId: id, replyTo: null })
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      submit()
    } else if (event.key === 'ArrowUp' && text === '' && !editing) {
      event.preventDefault()
      onEditLast()
    }
  }

  return (
    <>
      {over &&
        createPortal(
          <div className={styles.drop} data-testid="drop-here">
            <Icon name="download" /> Let go to send it here
          </div>,
          over,
        )}
      <form
        ref={form}
        className={styles.composer}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
          field.current?.focus()
        }}
      >
        {editing && (
          <div className={styles.editing}>
            <Icon name="edit" />
            <span>Edit message</span>
            <IconButton icon="close" label="Cancel editing" onClick={onEdited} />
          </div>
        )}
        {replyTo && (
          <div className={styles.replying} data-testid="replying">
            <ReplyQuote replyTo={replyTo} conversation={conversation} />
            <IconButton
              icon="close"
              label="Answer no message"
              onClick={() => store.dispatch({ type: 'reply_chosen', conversationId: id, replyTo: null })}
            />
          </div>
        )}
        {!editing && tray.length > 0 && <UploadTray tray={tray} />}
        {recording && (
          <Suspense>
            <VoiceRecorder onRecorded={recorded} onCancel={endRecording} />
          </Suspense>
        )}
        <div className={styles.line} hidden={recording}>
          {completions.shown && <Completions {...completions.shown} />}
          {!editing && <ComposeMenu onMake={setMaking} onChoose={choose} />}
          <textarea
            ref={field}
            data-testid="composer"
            dir="auto"
            aria-label={editing ? 'Edit message' : 'Message'}
            placeholder="Write a message"
            rows={1}
            aria-invalid={isTooLong || undefined}
            value={text}
            enterKeyHint="send"
            {...completions.aria}
            onChange={(event) => {
              change(event.target.value)
              completions.track()
            }}
            onKeyDown={onKeyDown}
            onPaste={(event) => {
              const files = editing ? [] : pictureFiles(event.clipboardData)
              if (files.length > 0) event.preventDefault()
              choose(files)
            }}
            onBlur={() => {
              typing.stop()
              completions.close()
            }}
          />
          {mayRecord && (
            <button
              type="button"
              className={styles.send}
              data-testid="record"
              aria-label="Record a voice message"
              title="Record a voice message"
              onClick={() => setRecording(true)}
            >
              <Icon name="mic" />
            </button>
          )}
          <button
            type="submit"
            className={styles.send}
            data-testid="send"
            aria-label={editing ? 'Save' : 'Send'}
            title={editing ? 'Save' : 'Send'}
            hidden={mayRecord}
            disabled={!canSend}
            // The field keeps the focus, and a phone its keyboard.
            onMouseDown={(event) => event.preventDefault()}
          >
            <Icon name={editing ? 'check' : 'send'} />
          </button>
        </div>
        <RoomLeft text={content} limit={limit} />
      </form>
      {making && (
        <MakeDialog
          kind={making}
          conversation={conversation}
          written={{ text, replyTo }}
          onGone={empty}
          onTake={change}
          onClose={() => setMaking(null)}
        />
      )}
    </>
  )
}

/** A picture that was copied, or files. With words beside it those are meant: a table is copied as both. */
function pictureFiles(data: DataTransfer): File[] {
  return data.types.includes('text/plain') || data.types.includes('text/rtf') ? [] : [...data.files]
}
