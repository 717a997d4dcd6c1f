import type { Message } from '@parley/contracts'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { type HeldConversation, maxLengthOf } from '../chat/chat-state.ts'
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
import { useCompletions } from './use-completions.tsx'

interface ComposerProps {
  conversation: HeldConversation
  /** Given: its text is being changed instead of a new one written. */
  editing: Message | null
  onEdited(): void
  onEditLast(): void
}

const touch = matchMedia('(hover: none)')

export function Composer({ conversation, editing, onEdited, onEditLast }: ComposerProps) {
  const { id } = conversation
  const { store, outbox, changes, typing } = useSession()
  const draft = useChat((state) => state.drafts[id] ?? '')
  const limit = useChat(maxLengthOf)
  const begun = useChat((state) => (editing ? state.changes[editing.id]?.content : undefined))
  const replyTo = useChat((state) => (editing ? undefined : state.replies[id]))
  const [edited, setEdited] = useState(() =>
    readableText(begun || (editing?.content ?? ''), editing?.mentions ?? [], conversation.participants),
  )
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
  }, [text])

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
  const submit = () => {
    if (!content || isTooLong) return
    if (editing) {
      if (content !== editing.content) void changes.edit(editing, content)
      return onEdited()
    }
    typing.stop()
    outbox.write(id, content, replyTo ?? null)
    empty()
  }

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
      <form
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
        <div className={styles.line}>
          {completions.shown && <Completions {...completions.shown} />}
          {!editing && <ComposeMenu onMake={setMaking} />}
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
            onBlur={() => {
              typing.stop()
              completions.close()
            }}
          />
          <button
            type="submit"
            className={styles.send}
            data-testid="send"
            aria-label={editing ? 'Save' : 'Send'}
            title={editing ? 'Save' : 'Send'}
            disabled={!content || isTooLong}
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
