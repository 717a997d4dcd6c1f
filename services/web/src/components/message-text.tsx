import { memo } from 'react'
import styles from './message-text.module.css'

/** A link ends before the punctuation of the sentence that it stands in. */
const link = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/u

/** Plain text with its line breaks; web addresses become links, nothing else is interpreted. */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  return (
    <span className={styles.content}>
      {text.split(link).map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
          <a key={index} href={part} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </span>
  )
})
