import type { Message } from '@parley/contracts'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { useSession } from './chat-context.ts'
import styles from './composer.module.css'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'

interface ComposerProps {
  conversation: HeldConversation
  /** Given: its text is being changed instead of a new one written. */
  editing: Message | null
  onEdited(): void
  onEditLast(): void
}

/** The contract's own bound; a tenant's policy may be narrower and then the server says so. */
const MAX_LENGTH = 10_000
const touch = matchMedia('(hover: none)')

/** What was begun and not sent, by conversation, for as long as the page lives. */
const drafts = new Map<string, string>()

export function Composer({ conversation, editing, onEdited, onEditLast }: ComposerProps) {
  const { id } = conversation
  const session = useSession()
  const { outbox, typing } = session
  const [text, setText] = useState(editing ? editing.content : (drafts.get(id) ?? ''))
  const [busy, setBusy] = useState(false)
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
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text])

  const change = (value: string) => {
    setText(value)
    if (editing) return
    drafts.set(id, value)
    if (value.trim()) typing.typed(id)
    else typing.stop()
  }

  const submit = async () => {
    const content = text.trim()
    if (!content || busy) return
    if (!editing) {
      typing.stop()
      drafts.delete(id)
      setText('')
      outbox.write(id, content)
      return
    }
    if (content === editing.content) return onEdited()
    setBusy(true)
    const done = await session.editMessage(editing.id, content)
    setBusy(false)
    if (done) onEdited()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter and the arrows belong to it.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void submit()
    } else if (event.key === 'ArrowUp' && text === '' && !editing) {
      event.preventDefault()
      onEditLast()
    }
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
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
      <div className={styles.line}>
        <textarea
          ref={field}
          data-testid="composer"
          dir="auto"
          aria-label={editing ? 'Edit message' : 'Message'}
          placeholder="Write a message"
          rows={1}
          maxLength={MAX_LENGTH}
          value={text}
          enterKeyHint="send"
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => typing.stop()}
        />
        <button
          type="submit"
          className={styles.send}
          data-testid="send"
          aria-label={editing ? 'Save' : 'Send'}
          title={editing ? 'Save' : 'Send'}
          disabled={!text.trim() || busy}
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
        >
          <Icon name={editing ? 'check' : 'send'} />
        </button>
      </div>
    </form>
  )
}
