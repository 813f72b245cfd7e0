import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';

interface MessageEditorProps {
  text: string;
  onCancel: () => void;
  onSend: (content: string) => Promise<void>;
}

/** Change one's own message; sending it begins a new branch, the old one stays. */
export function MessageEditor({ text, onCancel, onSend }: MessageEditorProps) {
  const { t } = useI18n();
  const [content, setContent] = useState(text);
  const trimmed = content.trim();
  return (
    <form
      className="w-full rounded-4 border border-line bg-raised p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed) void onSend(trimmed);
      }}
    >
      <textarea
        // biome-ignore lint/a11y/noAutofocus: the field stands where the button was pressed
        autoFocus
        aria-label={t('input.label')}
        value={content}
        rows={Math.min(10, content.split('\n').length + 1)}
        onChange={(event) => setContent(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onCancel()}
        className="block w-full resize-none bg-transparent px-1.5 text-[16px]"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button look="quiet" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button look="primary" type="submit" disabled={!trimmed}>
          {t('chat.editSend')}
        </Button>
      </div>
    </form>
  );
}
