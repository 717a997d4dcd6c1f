/** What a page shows of messages, without the schemas of the contracts. */
export { minorDigits, moneyText } from './kinds/money.ts'
export { MAX_PREVIEW, previewOf, timeText } from './kinds/previews.ts'
export { mentionOf, mentionsIn, textParts } from './shapes/mentions.ts'
export { isBlank, shownContent } from './shapes/shown-text.ts'
