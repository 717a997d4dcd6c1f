export { Config } from './config.ts'
export { mountGateway } from './mount.ts'
