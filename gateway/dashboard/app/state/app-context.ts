/** What every page needs: the API and the session. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { includesRole, type Role } from '../../../api/access/roles';
import { ApiClient } from '../api/client';
import type { SessionInfo } from '../api/types';

export interface AppState {
  readonly api: ApiClient;
  readonly session: SessionInfo;
}

const AppContext = createContext<AppState>({
  api: new ApiClient(() => undefined),
  session: { role: 'read', prefix: '', csrf: '', temporalUi: null, maxUploadBytes: 0 },
});

export const AppProvider = AppContext.Provider;

export function useApp(): AppState {
  return useContext(AppContext);
}

/** Whether the session may do what needs this role. */
export function useMay(role: Role): boolean {
  return includesRole(useApp().session.role, role);
}
