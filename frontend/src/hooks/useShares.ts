import { useQueryClient } from '@tanstack/react-query';
import { useI18n } from '@/i18n';
import { revokeShare, SHARES } from '@/services/shares';
import type { Share } from '@/types';
import { asApiError } from './useMessageLoader';

interface ShareActions {
  /** Have every list of shares read again. */
  refresh: () => Promise<void>;
  /** End a share; returns the sentence to show when that did not work. */
  revoke: (share: Share) => Promise<string | null>;
}

/** What is done with shares, wherever they are listed. */
export function useShares(): ShareActions {
  const { errorText } = useI18n();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: SHARES });
  return {
    refresh,
    revoke: async (share) => {
      try {
        await revokeShare(share.id);
        return null;
      } catch (problem) {
        return errorText(asApiError(problem));
      } finally {
        await refresh();
      }
    },
  };
}
