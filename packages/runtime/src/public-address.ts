import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net'
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent'

/** Finds the addresses of a name, as `dns.lookup` does. */
export type Resolver = (hostname: string, answer: (err: Error | null, addresses: LookupAddress[]) => void) => void

/** Of IPv6 only what is handed out to networks of the internet: neither local nor mapped, nor another way to write an IPv4 address. */
const handedOut = new BlockList()
handedOut.addSubnet('2000::', 3, 'ipv6')

const system: Resolver = (hostname, answer) =>
  systemLookup(hostname, { all: true }, (err, found) => answer(err, found ?? []))

/**
 * Agents that connect to public addresses alone. A name is resolved once for each connection: every address that it has is looked at, one
 * that is not public refuses all, and it is those very addresses that are connected to. `allowed` opens single addresses, for tests.
 */
export function publicAgents({ resolver = system, allowed = [] }: { resolver?: Resolver; allowed?: string[] } = {}) {
  const options = { allowIPAddressList: allowed, keepAlive: false, lookup: checked(resolver, allowed) }
  return { 'http:': new RequestFilteringHttpAgent(options), 'https:': new RequestFilteringHttpsAgent(options) }
}

/** The agent looks at what this answers once more, by the ranges of IANA's registries. */
function checked(resolver: Resolver, allowed: readonly string[]): LookupFunction {
  return (hostname, { all }, answer) => {
    resolver(hostname, (err, addresses) => {
      const refused = addresses.find(({ address }) => !isOfTheInternet(address) && !allowed.includes(address))
      const [first] = addresses
      if (err || refused || !first) answer(err ?? new Error(`${hostname} has no address that is public`), [])
      else if (all) answer(null, addresses)
      else answer(null, first.address, first.family)
    })
  }
}

/** Whether it looks like an address that anybody can reach; of IPv4 the agent knows which are not. */
export function isOfTheInternet(address: string): boolean {
  return isIPv4(address) || (isIPv6(address) && handedOut.check(address, 'ipv6'))
}

const unreachable = new BlockList()
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
]) {
  const [address = '', bits] = network.split('/')
  unreachable.addSubnet(address, Number(bits), 'ipv4')
}

/** Whether the host of a URL is, as it is written, one that nobody on the internet can reach. What a name leads to is another question. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIPv4(host)) return unreachable.check(host, 'ipv4')
  if (isIPv6(host)) return !isOfTheInternet(host)
  return host === 'localhost' || host.endsWith('.localhost') || !host.includes('.')
}
