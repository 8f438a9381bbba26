/** The session of this browser. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiClient, ApiError } from '../api/client';
import type { SessionInfo } from '../api/types';

export interface SessionState {
  readonly api: ApiClient;
  /** `null`: signed out. */
  readonly session: SessionInfo | null | 'loading';
  /** Why the last sign-in failed; empty: it did not. */
  readonly problem: string;
  readonly signIn: (token: string) => Promise<void>;
}

export function useSession(): SessionState {
  const [session, setSession] = useState<SessionInfo | null | 'loading'>('loading');
  const [problem, setProblem] = useState('');
  const api = useMemo(() => new ApiClient(() => setSession(null)), []);
  const open = (find: () => Promise<SessionInfo | null>) =>
    find().then(
      (found) => {
        setSession(found);
        setProblem('');
      },
      (error: unknown) => {
        setSession(null);
        setProblem(toText(error));
      },
    );
  useEffect(() => {
    const code = takeCode();
    void open(() => (code === null ? api.readSession() : api.signIn({ code }).catch(orSession(api))));
  }, [api]);
  return { api, session, problem, signIn: (token) => open(() => api.signIn({ token })) };
}

/** Takes the code of a sign-in link out of the address, so that the history does not keep it. */
function takeCode(): string | null {
  const [, code = null] = /^#code=([\w-]+)$/.exec(location.hash) ?? [];
  if (code !== null) history.replaceState(null, '', location.pathname);
  return code;
}

/** A used link still leads to the session that it has opened. */
function orSession(api: ApiClient) {
  return async (error: unknown): Promise<SessionInfo> => {
    const session = await api.readSession();
    if (session === null) throw error;
    return session;
  };
}

function toText(error: unknown): string {
  if (error instanceof ApiError) return `${error.problem.detail}. ${error.problem.remedy}`;
  return 'The gateway does not answer. Try again.';
}
