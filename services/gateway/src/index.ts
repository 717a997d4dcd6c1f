export { connectEphemeralAdapter } from './ephemeral-adapter.ts'
export { createGatewayService, type GatewayDeps } from './service.ts'
