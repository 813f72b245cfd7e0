import { useCallback, useEffect, useRef } from 'react';
import { uploadImage as storeImage } from '@/services/image';
import { type Attachment, useComposerStore } from '@/stores/useComposerStore';
import { asApiError } from './useMessageLoader';

const AT_ONCE_MAX = 16;

export interface ImageUpload {
  /** Put files beside the text, and store them. */
  uploadImage: (...files: File[]) => void;
  /** The same for a sound that was recorded here, of which it is known how loud it was. */
  uploadAudio: (file: File, levels: number[]) => void;
  /** Take one away again; what is on its way is called off. */
  removeImage: (id: string) => void;
}

/** Pictures and clips that go with the next message of a conversation. */
export function useImageUpload(
  conversationId: string | null,
  onRefused: (error: { code: string }) => void,
): ImageUpload {
  const running = useRef(new Map<string, AbortController>());
  const refused = useRef(onRefused);
  useEffect(() => {
    refused.current = onRefused;
  });

  const upload = useCallback(
    (file: File, attachment: Attachment) => {
      const calledOff = new AbortController();
      running.current.set(attachment.id, calledOff);
      useComposerStore.getState().attach(conversationId, attachment);
      void store(file, attachment, calledOff.signal)
        .catch((problem) => {
          useComposerStore.getState().removeAttachment(attachment.id);
          if (!calledOff.signal.aborted) refused.current(asApiError(problem));
        })
        .finally(() => {
          running.current.delete(attachment.id);
          if (attachment.previewUrl) URL.revokeObjectURL(attachment.previewUrl);
        });
    },
    [conversationId],
  );
  const uploadImage = useCallback(
    (...files: File[]) => {
      for (const file of files.slice(0, AT_ONCE_MAX)) upload(file, createAttachment(file));
    },
    [upload],
  );
  const uploadAudio = useCallback(
    (file: File, levels: number[]) => upload(file, { ...createAttachment(file), levels }),
    [upload],
  );
  const removeImage = useCallback((id: string) => {
    running.current.get(id)?.abort();
    useComposerStore.getState().removeAttachment(id);
  }, []);
  return { uploadImage, uploadAudio, removeImage };
}

async function store(file: File, { id }: Attachment, signal: AbortSignal): Promise<void> {
  const { changeAttachment } = useComposerStore.getState();
  const asset = await storeImage(file, (progress) => changeAttachment(id, { progress }), signal);
  changeAttachment(id, { asset, kind: asset.kind, progress: 100, previewUrl: null });
}

function createAttachment(file: File): Attachment {
  const family = file.type.split('/')[0];
  const isImage = family === 'image';
  return {
    id: crypto.randomUUID(),
    name: file.name,
    kind: family === 'image' || family === 'video' || family === 'audio' ? family : 'file',
    progress: 0,
    asset: null,
    previewUrl: isImage ? URL.createObjectURL(file) : null,
  };
}
