import type { MessageKind } from './kind.ts'

/** What Parley or the host's backend says to all: its payload, if any, is a `Notice`, which a page words in the reader's language. */
export const systemKind: MessageKind = {
  type: 'system',
  payload: null,
  content: 'required',
  attachments: 'none',
  sentBy: 'backend',
  forwarded: false,
}
