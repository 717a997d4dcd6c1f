import type { MessageKind } from './kind.ts'

export const imageKind: MessageKind = {
  type: 'image',
  payload: null,
  content: 'optional',
  attachments: 'required',
  sentBy: 'users',
}
