import { request } from '@/api/client';

/** Return what is said in a recording; the same key is never paid twice. Throws ApiError. */
export async function transcribe(recording: File, key: string, signal: AbortSignal): Promise<string> {
  const response = await request('/api/transcriptions', {
    method: 'POST',
    file: recording,
    idempotencyKey: key,
    signal,
  });
  return ((await response.json()) as { text: string }).text;
}
