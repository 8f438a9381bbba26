/** The plan of the chosen files, made again after every change. */
import { useEffect, useState } from 'preact/hooks';
import type { BatchPlan } from '../api/types';
import { findFilesProblem } from '../format/start-files';
import { toText } from '../parts/action-button';
import { useApp } from '../state/app-context';
import { toForm } from './to-form';

export interface Planned {
  readonly plan: BatchPlan | null;
  readonly problem: string;
  readonly isBusy: boolean;
}

const TYPING_MS = 250;
const NOTHING: Planned = { plan: null, problem: '', isBusy: false };

/** @param query of the plan */
export function usePlan(files: readonly File[], query: string): Planned {
  const { api } = useApp();
  const [planned, setPlanned] = useState<Planned>(NOTHING);
  useEffect(() => {
    if (files.length === 0) return setPlanned(NOTHING);
    const problem = findFilesProblem(files);
    if (problem !== '') return setPlanned({ ...NOTHING, problem });
    setPlanned(({ plan }) => ({ plan, problem: '', isBusy: true }));
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      api.postForm<BatchPlan>(`/v1/plans?${query}`, toForm(files), stopping.signal).then(
        (plan) => setPlanned({ plan, problem: '', isBusy: false }),
        (error: unknown) => {
          if (!stopping.signal.aborted) setPlanned({ plan: null, problem: toText(error), isBusy: false });
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [api, files, query]);
  return planned;
}
