import {
  admin,
  attachments,
  chat,
  directUploads,
  host,
  httpRoutes,
  notifications,
  type RpcContract,
  webhooks,
} from '@parley/contracts'

const contracts: Record<string, RpcContract> = {
  chat,
  host,
  admin,
  attachments,
  directUploads,
  notifications,
  webhooks,
}

/** packages/contracts/src/api/rest-routes.ts: which route clients take for an operation, without any schema. */
export function restRoutesModule(): string {
  const groups = Object.entries(contracts).map(([name, contract]) => {
    const routes = httpRoutes(contract).filter(({ takesAll }) => takesAll)
    return `  ${name}: {\n${routes.map(lineOf).join('\n')}\n  },`
  })
  return `/** Written from the contracts by \`npm run generate\`: for clients that have no use for the schemas. */
export const restRoutes = {
${groups.join('\n')}
} as const
`
}

const lineOf = ({ procedure, method, path }: ReturnType<typeof httpRoutes>[number]) =>
  `    ${procedure}: '${method} ${path}',`
