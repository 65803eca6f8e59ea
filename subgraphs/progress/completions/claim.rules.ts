/** What may be claimed, and when it is paid. */

export type CompletionStatus = 'CLAIMABLE' | 'CLAIMED' | 'EXPIRED';

/** A completion is claimed when it is paid; nothing else can make it so. */
export function statusOf(paidAt: Date | null): CompletionStatus {
  return paidAt === null ? 'CLAIMABLE' : 'CLAIMED';
}

export type Claim = 'PAY' | 'ALREADY_PAID' | 'NOT_THERE';

/** What a claim does: pays once, repeats its answer afterwards, and does not tell whether somebody else's completion exists. */
export function claim(completion: { userId: string; paidAt: Date | null } | undefined, userId: string): Claim {
  if (completion === undefined || completion.userId !== userId) return 'NOT_THERE';
  return completion.paidAt === null ? 'PAY' : 'ALREADY_PAID';
}

/** Is a completion paid in the moment it is earned? */
export function isPaidAtOnce(terms: { autoClaim: boolean }): boolean {
  return terms.autoClaim;
}
