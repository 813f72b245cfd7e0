import { lazy, Suspense } from 'react';
import type { ApiError } from '@/api/client';
import { useOptionWords } from '@/hooks/useOptionWords';
import { type MessageKey, useI18n } from '@/i18n';
import type { Model, Quote } from '@/types';

const OutOfCredits = lazy(() => import('./OutOfCredits').then((file) => ({ default: file.OutOfCredits })));

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
  if (error.code === 'insufficient_credits')
    return (
      <Suspense>
        <OutOfCredits {...props} />
      </Suspense>
    );
  if (error.code === 'option_refused') return <OptionRefused error={error} />;
  return (
    <p role="alert" className="mb-2 px-4 text-small text-danger">
      {errorText(error)}
    </p>
  );
}

/** Which option the model does not take, and why. */
function OptionRefused({ error }: { error: ApiError }) {
  const { t } = useI18n();
  const { name } = useOptionWords();
  const reason = REFUSALS[String(error.params.reason)] ?? 'refusal.not_supported';
  return (
    <p role="alert" className="mb-2 px-4 text-small text-danger">
      {t(reason, { option: name(String(error.params.option)), limit: String(error.params.limit ?? '') })}
    </p>
  );
}

const REFUSALS: Record<string, MessageKey> = {
  not_a_choice: 'refusal.not_a_choice',
  required: 'refusal.required',
  too_small: 'refusal.too_small',
  too_large: 'refusal.too_large',
  too_long: 'refusal.too_long',
  too_few: 'refusal.too_few',
  too_many: 'refusal.too_many',
  conflict: 'refusal.conflict',
};
