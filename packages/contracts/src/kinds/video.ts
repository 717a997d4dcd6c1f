import type { MessageKind } from './kind.ts'

export const videoKind: MessageKind = {
  type: 'video',
  payload: null,
  content: 'optional',
  attachments: 'required',
  sentBy: 'users',
}
