import type { ApiError } from '@/api/client';
import { useI18n } from '@/i18n';
import type { Model, Quote } from '@/types';
import { OutOfCredits } from './OutOfCredits';

export interface SendRefusalProps {
  error: ApiError;
  models: Model[];
  /** The model that was to answer. */
  modelId: string | null;
  quote: Quote | null;
  onRetry?: () => void;
  /** Try it with another model. */
  onModel: (id: string) => void;
  onClose: () => void;
}

/** Codes that are shown elsewhere, by what they changed: a decision to make, a limit that is reached. */
const SHOWN_ELSEWHERE = new Set(['stale_parent', 'too_many_tasks']);

/** Why a message or another answer was refused. */
export function SendRefusal(props: SendRefusalProps) {
  const { errorText } = useI18n();
  const { error } = props;
  if (SHOWN_ELSEWHERE.has(error.code)) return null;
  if (error.code === 'insufficient_credits') return <OutOfCredits {...props} />;
  return (
    <p role="alert" className="mb-2 px-4 text-small text-danger">
      {errorText(error)}
    </p>
  );
}
