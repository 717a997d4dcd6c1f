import { type FormEvent, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import type { GroupDetails } from '../chat/people-actions.ts'
import { fits } from '../text/length.ts'
import { Button } from './button.tsx'
import { DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import styles from './group-details-form.module.css'
import { PictureField } from './picture-field.tsx'
import { RoomLeft } from './room-left.tsx'

const MAX_TITLE = 200

interface GroupDetailsFormProps {
  conversation: HeldConversation
  /** False: it was refused. */
  save(details: GroupDetails): Promise<boolean>
  onDone(): void
}

export function GroupDetailsForm({ conversation, save, onDone }: GroupDetailsFormProps) {
  const [title, setTitle] = useState(conversation.title ?? '')
  const [picture, setPicture] = useState(conversation.pictureUrl)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!fits(title, MAX_TITLE)) return
    setBusy(true)
    const done = await save({ ...(title.trim() && { title: title.trim() }), pictureUrl: picture })
    setBusy(false)
    if (done) onDone()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <PictureField
        id={conversation.id}
        name={title}
        symbol="people"
        url={picture}
        purpose="group_picture"
        conversationId={conversation.id}
        onChange={setPicture}
      />
      <Field label="Title">
        <input
          value={title}
          required={conversation.title !== null}
          data-testid="edit-title"
          dir="auto"
          // biome-ignore lint/a11y/noAutofocus: somebody has just asked for it
          autoFocus
          onChange={(event) => setTitle(event.target.value)}
        />
        <RoomLeft text={title.trim()} limit={MAX_TITLE} />
      </Field>
      <DialogFoot>
        <Button quiet onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" data-testid="save-group" disabled={busy || !fits(title, MAX_TITLE)}>
          Save
        </Button>
      </DialogFoot>
    </form>
  )
}
