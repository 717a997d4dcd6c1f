export { presets } from './domain/policy/presets.ts'
export { conversationApi } from './http/api.ts'
export { type ConversationService, createConversationService } from './service.ts'
export { conversationOwner, conversationTemplate } from './store/owner.ts'
