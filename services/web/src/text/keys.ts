interface Key {
  key: string
  keyCode: number
  isComposing: boolean
}

/**
 * The key belongs to an input method that is composing a word: it takes or ends the composition and means nothing else.
 * Safari says so by the key code alone, of the key that ends it.
 */
export function belongsToInputMethod({ isComposing, keyCode }: Key): boolean {
  return isComposing || keyCode === 229
}
