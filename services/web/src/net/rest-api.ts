import type { admin, attachments, chat, notifications, webhooks } from '@parley/contracts'
import { type RestClient, restClient, restRoutes } from '@parley/contracts/rest-client'
import { requestJson } from './request-json.ts'

/** What everybody may ask for, by operation. Everything throws `RequestFailure`. */
export type RestApi = RestClient<typeof chat>
/** What an admin may ask for, likewise; what is read and done is in the audit log. */
export type AdminApi = RestClient<typeof admin>

export const createRestApi = (token: string): RestApi => restClient<typeof chat>(restRoutes.chat, sendAs(token))
export const createAdminApi = (token: string): AdminApi => restClient<typeof admin>(restRoutes.admin, sendAs(token))

/** What is asked of files that have been uploaded. */
export const createFilesApi = (token: string): RestClient<typeof attachments> =>
  restClient<typeof attachments>(restRoutes.attachments, sendAs(token))

/** How somebody is told while they are away. */
export type NotificationsApi = RestClient<typeof notifications>
export const createNotificationsApi = (token: string): NotificationsApi =>
  restClient<typeof notifications>(restRoutes.notifications, sendAs(token))

/** Which of the host's servers are told of events; answers admins only. */
export type WebhooksApi = RestClient<typeof webhooks>
export const createWebhooksApi = (token: string): WebhooksApi =>
  restClient<typeof webhooks>(restRoutes.webhooks, sendAs(token))

const sendAs = (token: string) => (method: string, path: string, body?: object) =>
  requestJson<unknown>(method, path, { token, body })
