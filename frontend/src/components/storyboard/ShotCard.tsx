import { GripVertical, X } from 'lucide-react';
import type { ComponentProps } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { DraftShot } from '@/types/storyboard';
import { ShotPicture } from './ShotPicture';

interface ShotCardProps {
  shot: DraftShot;
  number: number;
  isDragged: boolean;
  /** Whether a shot may have a picture of its own. */
  takesPicture: boolean;
  seconds: number[];
  charsMax: number;
  canRemove: boolean;
  handle: Pick<ComponentProps<'button'>, 'onPointerDown' | 'onKeyDown'> & { 'data-handle': string };
  hintId: string;
  onChange: (changes: Partial<DraftShot>) => void;
  onRemove: () => void;
  onOpenWorks: () => void;
}

/** One shot that is being written: its picture, its words, how long it is, and where it stands. */
export function ShotCard(props: ShotCardProps) {
  const { t } = useI18n();
  const { shot, number, isDragged, takesPicture, seconds, charsMax, hintId, onChange } = props;
  return (
    <li
      aria-label={t('board.shot', { number })}
      className={`flex w-[204px] shrink-0 snap-start flex-col overflow-hidden rounded-2 border bg-surface max-[719px]:w-[232px] ${isDragged ? 'relative z-10 border-accent shadow-2' : 'border-line'}`}
    >
      <ShotPicture
        shot={shot}
        number={number}
        takesPicture={takesPicture}
        onRemove={() => onChange({ picture: null })}
        onOpenWorks={props.onOpenWorks}
      />
      <textarea
        aria-label={t('board.words', { number })}
        placeholder={t('board.wordsHint')}
        rows={3}
        maxLength={charsMax}
        value={shot.prompt}
        onChange={(event) => onChange({ prompt: event.target.value })}
        className="block w-full flex-1 resize-none bg-transparent px-3 pt-2 text-small leading-normal placeholder:text-ink-3 max-[719px]:text-[16px]"
      />
      <div className="flex items-center gap-0.5 px-1 pb-1">
        <select
          aria-label={t('board.seconds', { number })}
          value={shot.seconds}
          onChange={(event) => onChange({ seconds: Number(event.target.value) })}
          className="num mr-auto h-8 rounded-1 bg-transparent px-1.5 text-[12.5px] hover:bg-selected max-[719px]:h-11 max-[719px]:text-[16px]"
        >
          {seconds.map((choice) => (
            <option key={choice} value={choice}>
              {t('media.seconds', { count: choice })}
            </option>
          ))}
        </select>
        <IconButton
          label={t('board.remove', { number })}
          disabled={!props.canRemove}
          onClick={props.onRemove}
          className="size-8"
        >
          <X size={15} strokeWidth={1.6} />
        </IconButton>
        <IconButton
          label={t('board.move', { number })}
          aria-describedby={hintId}
          {...props.handle}
          className="size-8 cursor-grab touch-none active:cursor-grabbing"
        >
          <GripVertical size={16} strokeWidth={1.6} />
        </IconButton>
      </div>
    </li>
  );
}
