import { type RefObject, useEffect, useRef, useState } from 'react'

const carriesFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false

/**
 * Files that are dragged over the pane that `inside` stands in, and let go there. Returns the pane while some are over it. `take`
 * null: nobody takes them.
 */
export function useFileDrop(
  inside: RefObject<HTMLElement | null>,
  take: ((files: readonly File[]) => void) | null,
): Element | null {
  const [over, setOver] = useState<Element | null>(null)
  const taker = useRef(take)
  taker.current = take
  useEffect(() => {
    const pane = inside.current?.closest('main')
    if (!pane) return
    // Each element inside is entered and left as well.
    let depth = 0
    const end = () => {
      depth = 0
      setOver(null)
    }
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event) || !taker.current) return
      depth++
      setOver(pane)
    }
    const leave = (event: DragEvent) => {
      if (carriesFiles(event) && --depth <= 0) end()
    }
    const hover = (event: DragEvent) => {
      if (!carriesFiles(event) || !taker.current || !event.dataTransfer) return
      event.preventDefault()
      event.stopPropagation()
      event.dataTransfer.dropEffect = 'copy'
    }
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      end()
      taker.current?.([...(event.dataTransfer?.files ?? [])])
    }
    pane.addEventListener('dragenter', enter)
    pane.addEventListener('dragleave', leave)
    pane.addEventListener('dragover', hover)
    pane.addEventListener('drop', drop)
    return () => {
      pane.removeEventListener('dragenter', enter)
      pane.removeEventListener('dragleave', leave)
      pane.removeEventListener('dragover', hover)
      pane.removeEventListener('drop', drop)
    }
  }, [inside])
  return over
}

/** What is let go where nobody takes it does not open in place of the page. Returns what ends it. */
export function refuseDrops(): () => void {
  const refuse = (event: DragEvent) => {
    if (!carriesFiles(event) || event.defaultPrevented) return
    event.preventDefault()
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'none'
  }
  document.addEventListener('dragover', refuse)
  document.addEventListener('drop', refuse)
  return () => {
    document.removeEventListener('dragover', refuse)
    document.removeEventListener('drop', refuse)
  }
}
