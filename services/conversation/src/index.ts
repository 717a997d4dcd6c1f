export { conversationApi } from './http/api.ts'
export { type ConversationService, createConversationService } from './service.ts'
