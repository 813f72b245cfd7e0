import { ApiError, requestJson } from '@/api/client';
import type { Asset, ListedAsset, MediaMode, Page, Problem } from '@/types';

export const ASSETS = ['assets'] as const;

type AssetPart = 'content' | 'thumbnail' | 'poster';

/** Return where a file, or a smaller picture of it, is to be had. */
export function assetUrl({ id }: Pick<Asset, 'id'>, part: AssetPart = 'content'): string {
  return `/api/assets/${id}/${part}`;
}

/** Return the address of the smallest picture that there is of a picture or a clip. */
export function thumbnailUrl(asset: Asset): string {
  return assetUrl(asset, asset.has_thumbnail ? 'thumbnail' : 'content');
}

/** Return one's own files of a kind, newest first. */
export function listAssets(kind: Asset['kind'], cursor: string | null, limit: number): Promise<Page<Asset>> {
  const query = new URLSearchParams({ kind, limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/assets?${query}`);
}

export interface WorkFilter {
  kind: MediaMode | null;
  modelId: string | null;
}

/** Return what was made here, newest first. */
export function listWorks(
  { kind, modelId }: WorkFilter,
  cursor: string | null,
  limit: number,
): Promise<Page<ListedAsset>> {
  const query = new URLSearchParams({ made: 'true', limit: String(limit) });
  if (kind) query.set('kind', kind);
  if (modelId) query.set('model_id', modelId);
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/assets?${query}`);
}

/** Return those of some files that are still there, in this order. */
export async function findAssets(ids: string[]): Promise<Asset[]> {
  const found = await Promise.all(ids.map(findAsset));
  return found.filter((asset) => asset !== null);
}

async function findAsset(id: string): Promise<Asset | null> {
  try {
    return await requestJson<Asset>(`/api/assets/${id}`);
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 404) return null;
    throw problem;
  }
}

/** Delete a file for good. */
export const deleteAsset = (id: string): Promise<void> =>
  requestJson(`/api/assets/${id}`, { method: 'DELETE' });

/** Return how a file is called when it is saved. */
export function fileName(asset: Pick<Asset, 'id' | 'name'>): string {
  return asset.name || `latent-${asset.id.slice(-8)}`;
}

/** Store a file as one's own; only this kind of request tells how far an upload has come. Throws ApiError. */
export function uploadAsset(
  file: File,
  onProgress: (percent: number) => void,
  signal: AbortSignal,
): Promise<Asset> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/assets');
    request.responseType = 'json';
    if (file.type) request.setRequestHeader('Content-Type', file.type);
    request.setRequestHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeName(file.name)}`);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(Math.floor((loaded * 100) / total));
    };
    request.onload = () => {
      if (request.status === 200 || request.status === 201) resolve(request.response as Asset);
      else reject(readProblem(request));
    };
    request.onerror = () => reject(new ApiError('offline', 0));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Encode a name for a header (RFC 8187): quotes, brackets and the star stay special there. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
}

function readProblem(request: XMLHttpRequest): ApiError {
  const problem = request.response as Problem | null;
  if (!problem?.code) return new ApiError('unavailable', request.status);
  return new ApiError(problem.code, request.status, problem.params, problem.request_id);
}
