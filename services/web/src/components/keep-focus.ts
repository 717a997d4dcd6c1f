const focusable = 'a[href], button, input, select, textarea, summary, [tabindex]'
/** On a phone the focus in a field opens the keyboard. */
const touch = matchMedia('(hover: none)')

/**
 * When what has the focus is taken away, the focus goes to what stood beside it, and not to the top of the page, where
 * browsers put it. Holds for the whole document until the returned function is called.
 */
export function keepFocus(): () => void {
  let last: Element | null = null
  const remember = ({ target }: FocusEvent) => {
    last = target instanceof Element ? target : null
  }
  // Whoever clicks beside everything wants the focus nowhere.
  const forget = () => {
    if (!hasFocusSomewhere()) last = null
  }
  const observer = new MutationObserver((records) => {
    if (!last || hasFocusSomewhere()) return
    const lost = last
    // It was disabled while it did something, and can be used again.
    if (lost.isConnected) {
      if (records.some(({ type, target }) => type === 'attributes' && target === lost)) focusOn(lost)
      return
    }
    const removal = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(lost)))
    if (removal) focusBeside(removal, lost)
  })
  document.addEventListener('focusin', remember)
  document.addEventListener('pointerup', forget)
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] })
  return () => {
    document.removeEventListener('focusin', remember)
    document.removeEventListener('pointerup', forget)
    observer.disconnect()
  }
}

const hasFocusSomewhere = () => document.activeElement !== null && document.activeElement !== document.body

function focusOn(element: Element): boolean {
  if (!(element instanceof HTMLElement)) return false
  if (touch.matches && element.matches('input, textarea')) return false
  // What is taken away by scrolling must not be scrolled back to.
  element.focus({ preventScroll: true })
  return document.activeElement === element
}

/** The next of its kind, or one before; then whatever else stands beside it; and so on from the inside out. */
function focusBeside({ target, nextSibling, previousSibling }: MutationRecord, lost: Element): void {
  let [after, before, around]: (Node | null)[] = [nextSibling, previousSibling, target]
  while (around) {
    const near = [...walk(after, 'nextSibling'), ...walk(before, 'previousSibling')]
    const all = near.flatMap((node) => [
      ...(node.matches(focusable) ? [node] : []),
      ...node.querySelectorAll(focusable),
    ])
    const alike = all.filter((other) => other.tagName === lost.tagName && other.className === lost.className)
    if ([...alike, ...all].some(focusOn)) return
    after = around.nextSibling
    before = around.previousSibling
    around = around.parentNode
  }
}

function* walk(from: Node | null | undefined, step: 'nextSibling' | 'previousSibling'): Generator<Element> {
  for (let node = from ?? null; node?.isConnected; node = node[step]) if (node instanceof Element) yield node
}
