/** The plan of the chosen files, made again after every change. */
import { useEffect, useState } from 'preact/hooks';
import type { BatchPlan } from '../api/types';
import { toText } from '../parts/action-button';
import { useApp } from '../state/app-context';

export interface Planned {
  readonly plan: BatchPlan | null;
  readonly problem: string;
  readonly isBusy: boolean;
  /** How much is uploaded, from 0 to 1. */
  readonly uploaded: number;
}

const TYPING_MS = 400;
const NOTHING: Planned = { plan: null, problem: '', isBusy: false, uploaded: 0 };

/**
 * @param form what is planned; `null`: nothing
 * @param query of the plan
 */
export function usePlan(form: FormData | null, query: string): Planned {
  const { api } = useApp();
  const [planned, setPlanned] = useState<Planned>(NOTHING);
  useEffect(() => {
    if (form === null) return setPlanned(NOTHING);
    setPlanned(({ plan }) => ({ ...NOTHING, plan, isBusy: true }));
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      const onProgress = (uploaded: number) => setPlanned((before) => ({ ...before, uploaded }));
      api.upload<BatchPlan>(`/v1/plans?${query}`, form, { signal: stopping.signal, onProgress }).then(
        (plan) => setPlanned({ ...NOTHING, plan }),
        (error: unknown) => {
          if (!stopping.signal.aborted) setPlanned({ ...NOTHING, problem: toText(error) });
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [api, form, query]);
  return planned;
}
