import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react'

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

interface MenuOptions {
  /** It stands beside what scrolls, and what it belongs to would go away below it. */
  closesOnScroll?: boolean
}

/**
 * A menu and the button before it, both in `root`, as the ARIA practices describe them: the focus goes to the first item when it opens,
 * the arrows go round, Escape gives the focus back, and Tab or whatever happens elsewhere closes it. `open` is what it shows; null: it
 * is closed. `onKeyDown` is for the element of the role `menu`.
 */
export function useMenu<Shown>(root: RefObject<HTMLElement | null>, { closesOnScroll = false }: MenuOptions = {}) {
  const [open, setOpen] = useState<Shown | null>(null)

  useEffect(() => {
    if (open === null) return
    itemsIn(root.current)[0]?.focus({ preventScroll: true })
    const closeOutside = ({ target }: Event) => {
      if (!(target instanceof Node && root.current?.contains(target))) setOpen(null)
    }
    document.addEventListener('pointerdown', closeOutside)
    if (closesOnScroll) document.addEventListener('scroll', closeOutside, true)
    return () => {
      document.removeEventListener('pointerdown', closeOutside)
      document.removeEventListener('scroll', closeOutside, true)
    }
  }, [open, root, closesOnScroll])

  /** The focus goes back to its button: what was chosen may take it from there. */
  const close = () => {
    setOpen(null)
    root.current?.querySelector('button')?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    if (event.key === 'Tab') return setOpen(null)
    const step = steps[event.key]
    if (event.key === 'Escape') close()
    else if (step) {
      const items = itemsIn(root.current)
      items.at((items.indexOf(event.target as HTMLElement) + step) % items.length)?.focus()
    } else return
    event.preventDefault()
  }
  return { open, setOpen, close, onKeyDown }
}

const itemsIn = (root: HTMLElement | null) => [...(root?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])]
