import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';

/** The text beside each activity's name in Temporal UI; never a prompt or a URL. */
export type Summaries<A> = {
  readonly [N in keyof A]: (input: A[N] extends (input: infer I) => unknown ? I : never) => string;
};

interface Proxied {
  executeWithOptions(options: ActivityOptions, args: readonly unknown[]): Promise<unknown>;
}

/** Activities with one argument, called with a summary of it. */
export function withSummaries<A extends object>(options: ActivityOptions, summaries: Summaries<A>): A {
  const proxied = proxyActivities<A>(options);
  const calls = Object.entries<(input: never) => string>(summaries).map(([name, summarise]) => {
    const activity = Reflect.get(proxied, name) as Proxied;
    const call = (input: never) => activity.executeWithOptions({ ...options, summary: summarise(input) }, [input]);
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as A;
}
