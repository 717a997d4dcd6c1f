import type { ParticipantRole, ReportReason } from '@parley/contracts'

/** The roles of groups, from the most to the least that one may do. */
export const groupRoles: Record<ParticipantRole, string> = {
  owner: 'Owner',
  moderator: 'Moderator',
  member: 'Member',
  observer: 'Observer',
}

/** In a context's conversation people have the host's own words. */
export function roleText(role: string): string {
  return Object.hasOwn(groupRoles, role) ? groupRoles[role as ParticipantRole] : role
}

export const reportReasons: Record<ReportReason, string> = {
  spam: 'Spam or advertising',
  abuse: 'Insults or threats',
  fraud: 'Fraud or a scam',
  contact_details: 'Contact details or payment elsewhere',
  inappropriate: 'Something that does not belong here',
  other: 'Something else',
}
