import type { Problem } from '@/types';

/** What the API (or the network) refused; `code` is stable and names a sentence of `errors` in i18n. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly params: Problem['params'] = {},
    readonly requestId = '',
    readonly retryAfter: number | null = null,
  ) {
    super(code);
    this.name = 'ApiError';
  }
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();

/** Call `listener` whenever the server says that nobody is signed in (any more). */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** A file as it is, in place of a body. */
  file?: File;
  /** A value of its own per command: a repetition gets the first answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Send a request and return the response, which is a good one; throws ApiError (`offline` without an answer). */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  let response: Response;
  try {
    response = await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError('offline', 0);
  }
  if (response.ok) return response;
  throw await readProblem(response);
}

/** Send a request and return its parsed answer. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, options);
  return (await response.json()) as T;
}

async function readProblem(response: Response): Promise<ApiError> {
  if (response.status === 401) for (const listener of signedOutListeners) listener();
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  try {
    const problem = (await response.json()) as Problem;
    return new ApiError(problem.code, response.status, problem.params, problem.request_id, retryAfter);
  } catch {
    return new ApiError(
      response.status >= 500 ? 'unavailable' : 'invalid_request',
      response.status,
      {},
      '',
      retryAfter,
    );
  }
}
