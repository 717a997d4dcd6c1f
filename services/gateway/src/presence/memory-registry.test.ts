import { describeRegistry, TIMES } from '../../test/presence-registry-conformance.ts'
import { createMemoryRegistry } from './memory-registry.ts'

describeRegistry(async (now) => {
  const hub = createMemoryRegistry({ ...TIMES, now })
  return { of: async (gatewayId) => hub.of(gatewayId), async [Symbol.asyncDispose]() {} }
})
