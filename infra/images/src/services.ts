/** The targets of the Dockerfile, which are the images: `parley/<name>`. */
export const SERVICES = ['conversation', 'gateway', 'storage', 'notifier', 'edge', 'standalone'] as const
