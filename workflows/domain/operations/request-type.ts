/** The types of requests, derived from the rules of their fields. */
import type { OPERATIONS, OperationName } from './operations';

interface ValueTypes {
  readonly integer: number;
  readonly number: number;
  readonly text: string;
  readonly texts: readonly string[];
  readonly url: string;
  readonly urls: string | readonly string[];
  readonly flag: boolean;
  readonly colour: string;
  readonly colours: readonly string[];
  readonly object: Readonly<Record<string, unknown>>;
}

type ValueOf<R> = R extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
  ? C
  : R extends { readonly type: keyof ValueTypes }
    ? ValueTypes[R['type']]
    : never;

type RequiredNames<F> = { [K in keyof F]: F[K] extends { readonly required: true } ? K : never }[keyof F];

/** The values of fields, by their rules. */
export type RequestOfFields<F> = { readonly [K in RequiredNames<F>]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[K]> | undefined;
};

/**
 * The request of an operation: the provider's fields with the types of their values, for example
 * `RequestOf<'upscale/image'>`. Ranges and lengths are checked when the item is started.
 */
export type RequestOf<N extends OperationName> = N extends OperationName
  ? RequestOfFields<(typeof OPERATIONS)[N]['fields']>
  : never;
