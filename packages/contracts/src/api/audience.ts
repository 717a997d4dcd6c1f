import { admission } from './admission.ts'
import { type Api, defineRpc } from './operation.ts'

/** What the notification worker asks of the conversation service. Not reachable from outside. */
export const audience = defineRpc('parley.rpc.v1.audience', { ...admission })
export type Audience = Api<typeof audience>
