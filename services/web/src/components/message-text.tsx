import { memo } from 'react'
import { linkedParts } from '../text/links.ts'
import styles from './message-text.module.css'

/** Plain text with its line breaks; web and e-mail addresses become links, nothing else is interpreted. */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  return (
    <span className={styles.content}>
      {linkedParts(text).map(({ text: part, href }, index) =>
        href === null ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
          <a key={index} href={href} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ),
      )}
    </span>
  )
})
