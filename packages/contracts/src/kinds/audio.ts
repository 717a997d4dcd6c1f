import type { MessageKind } from './kind.ts'

export const audioKind: MessageKind = {
  type: 'audio',
  payload: null,
  content: 'optional',
  attachments: 'required',
  sentBy: 'users',
}
