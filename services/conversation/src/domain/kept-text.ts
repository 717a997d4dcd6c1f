import { hasControls, isBlank, shownContent, shownLine } from '@parley/contracts'
import { invalidField } from './refusals.ts'

/** What somebody wrote, as it is kept. Who sends what cannot be seen is told so: nobody else could mend it for them. */
export function keptText(text: string, pointer: string): string {
  if (hasControls(text)) throw invalidField(pointer, 'controls', 'holds control characters')
  if (isBlank(text)) throw invalidField(pointer, 'blank', 'is empty')
  return shownContent(text)
}

/** The title that somebody gave, as it is kept. */
export function keptTitle(title: string, pointer = '/title'): string {
  const line = shownLine(title)
  if (line === '') throw invalidField(pointer, 'blank', 'is empty')
  return line
}

/** What the host calls something or somebody; one of which nothing is seen is none, and no reason to refuse the rest. */
export function keptName(name: string | null): string | null {
  return (name && shownLine(name)) || null
}
