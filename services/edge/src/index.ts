export { Config } from './config.ts'
export { type EdgeProxy, type ProxyOptions, startProxy } from './proxy.ts'
