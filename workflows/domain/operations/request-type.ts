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

type ValueOf<R, P> = R extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
  ? C
  : R extends { readonly type: keyof ValueTypes }
    ? ValueTypes[R['type']] | PictureOf<R, P>
    : never;

/** What else names a picture. */
type PictureOf<R, P> = R extends { readonly media: 'image'; readonly type: infer T }
  ? P | (T extends 'urls' ? readonly (string | P)[] : never)
  : never;

type RequiredNames<F> = { [K in keyof F]: F[K] extends { readonly required: true } ? K : never }[keyof F];

/** The values of fields, by their rules; those that take a picture also take a `P`. */
export type RequestOfFields<F, P = never> = { readonly [K in RequiredNames<F>]: ValueOf<F[K], P> } & {
  readonly [K in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[K], P> | undefined;
};

/**
 * The request of an operation: the provider's fields with the types of their values, for example
 * `RequestOf<'upscale/image'>`. Ranges and lengths are checked when the item is started. Fields that take a picture also
 * take a `P`, by default nothing else.
 */
export type RequestOf<N extends OperationName, P = never> = N extends OperationName
  ? RequestOfFields<(typeof OPERATIONS)[N]['fields'], P>
  : never;
