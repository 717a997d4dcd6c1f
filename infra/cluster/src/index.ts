export { type Cluster, type ClusterOptions, type ClusterServer, startCluster } from './cluster.ts'
export { NATS_CONFIG, type NatsUser, natsEnvironment, natsPasswords, natsUrl } from './nats-users.ts'
export { type ServiceProcess, startService } from './service-process.ts'
