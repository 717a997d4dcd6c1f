export { type AddressGuard, createAddressGuard } from './address-guard.ts'
export { ConfigError, type ConfigProblem, readConfig } from './config.ts'
export {
  type ConnectedRateLimiter,
  type ConnectRateLimiterOptions,
  connectRateLimiter,
} from './connect-rate-limiter.ts'
export { connectRedis } from './connect-redis.ts'
export { type DevelopmentTokenInput, signDevelopmentToken } from './development-token.ts'
export { failpoint, failpointAfterAnswers } from './failpoints.ts'
export { type Check, type HealthOptions, health, type Readiness } from './health.ts'
export { httpService } from './http/http-service.ts'
export { OrderlyServer, type OrderlyServerOptions, takeTimeFor } from './http/orderly-server.ts'
export { IdempotencyKey, replies } from './http/replies.ts'
export { securityHeaderLines, securityHeaders } from './http/security-headers.ts'
export { serveHttp } from './http/serve-http.ts'
export { createServiceApp, type HttpConfig, type Mount, type ServiceRoutes, serveMounts } from './http/service-app.ts'
export { createHttpApp, type HttpAppOptions } from './http-app.ts'
export { type Identity, type IdentityConfig, identity } from './identity.ts'
export { createLogger, type Logger, type LoggerOptions, subsystem, tellOfRoom, withoutCredentials } from './logger.ts'
export {
  type Count,
  countSetAside,
  createMetrics,
  type Duration,
  metricsServer,
  type Reading,
  type SetAside,
  showCounts,
  showDurations,
  showReadings,
} from './metrics.ts'
export { originCheck } from './origins.ts'
export { PROBLEM_TYPE, type Problem, sendNotFound, sendProblem, toParleyError, toProblem } from './problem.ts'
export { isOfTheInternet, isPrivateHost, publicAgents, type Resolver } from './public-address.ts'
export { createRateLimiter, type RateLimit, type RateLimiter, type RateLimiterOptions } from './rate-limiter.ts'
export { main, type RunOptions, run, type Service } from './service.ts'
export { httpSettings, identitySettings, processSettings, settings, settingsTable } from './settings.ts'
export { DEVELOPMENT_SECRET } from './signing-keys.ts'
export { runTokenCommand, type TokenCommandIo } from './token-cli.ts'
export { whenReachable } from './when-reachable.ts'
