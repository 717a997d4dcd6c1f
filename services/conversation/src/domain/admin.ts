import type { Admin } from '@parley/contracts'
import { listAudit } from './admin/audit.ts'
import { broadcast } from './admin/broadcasts.ts'
import { inspectConversation, inspectMessages, listAllConversations } from './admin/inspect.ts'
import { joinConversation, setConversationStatus } from './admin/moderate.ts'
import { getStats } from './admin/overview.ts'
import { countOpenReports, decideReport, listReports } from './admin/report-queue.ts'
import { getPolicy, setPolicy } from './admin/tenant-policy.ts'
import { xrayMessage } from './admin/xray.ts'
import { listHeldForReview, refuseHeldMessage, releaseHeldMessage } from './before-send/held-messages.ts'
import {
  deleteTenantCannedReply,
  listTenantCannedReplies,
  putTenantCannedReply,
} from './canned-replies/canned-replies.ts'
import { entered } from './chat.ts'
import type { Deps } from './deps.ts'
import { revokeSessions } from './users/sessions.ts'

/** The use-cases behind the admin contract. */
export function createAdmin(deps: Deps): Admin {
  return {
    getPolicy: entered(deps, getPolicy),
    setPolicy: entered(deps, setPolicy),
    listAllConversations: entered(deps, listAllConversations),
    inspectConversation: entered(deps, inspectConversation),
    inspectMessages: entered(deps, inspectMessages),
    xrayMessage: entered(deps, xrayMessage),
    joinConversation: entered(deps, joinConversation),
    setConversationStatus: entered(deps, setConversationStatus),
    getStats: entered(deps, getStats),
    broadcast: entered(deps, broadcast),
    listAudit: entered(deps, listAudit),
    listReports: entered(deps, listReports),
    countOpenReports: entered(deps, countOpenReports),
    decideReport: entered(deps, decideReport),
    revokeSessions: entered(deps, revokeSessions),
    listHeldForReview: entered(deps, listHeldForReview),
    releaseHeldMessage: entered(deps, releaseHeldMessage),
    refuseHeldMessage: entered(deps, refuseHeldMessage),
    listTenantCannedReplies: entered(deps, listTenantCannedReplies),
    putTenantCannedReply: entered(deps, putTenantCannedReply),
    deleteTenantCannedReply: entered(deps, deleteTenantCannedReply),
  }
}
