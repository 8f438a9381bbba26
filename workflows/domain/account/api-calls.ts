/** Calls of the API that are not jobs: they are answered at once, and nothing is paid for profiles. */
import type { StoredResult } from '../item/item';
import type { Profile, ProfileChanges, ProfileFields } from '../operations/profiles';

/** A call and its answer, by name. */
export interface ApiCalls {
  segment: { readonly input: { readonly imageUrl: string }; readonly answer: Segmentation };
  listProfiles: { readonly input: object; readonly answer: readonly Profile[] };
  showProfile: { readonly input: { readonly profileId: string }; readonly answer: Profile };
  createProfile: {
    readonly input: {
      readonly fields: ProfileFields;
      /** Ids of the profiles that had the name before the first attempt. */
      readonly known?: readonly string[];
    };
    readonly answer: Profile;
  };
  changeProfile: {
    readonly input: { readonly profileId: string; readonly fields: ProfileChanges };
    readonly answer: Profile;
  };
  deleteProfile: { readonly input: { readonly profileId: string }; readonly answer: null };
}

export type ApiCallName = keyof ApiCalls;

/** A part of a picture that `edit/image` can change alone, by `mask_segment`. */
export interface Segment {
  readonly label: string;
  readonly display: string;
}

/** The parts of a picture. */
export interface Segmentation {
  readonly segments: readonly Segment[];
  /** The picture with its parts marked, in the store; `null` if it could not be stored. */
  readonly preview: StoredResult | null;
}

/** A call with its input. */
export type ApiCall = {
  [N in ApiCallName]: { readonly call: N } & ApiCalls[N]['input'];
}[ApiCallName];

/** Folder of the previews of segments, below the store's root. */
export const SEGMENTS_FOLDER = 'segments';

/** How a call ended. Refused: with a code of the failure table, or `NOT_FOUND`. */
export type ApiCallEnd<A = unknown> =
  | { readonly kind: 'answered'; readonly answer: A }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Activity of the workflow `imagePipelineCall`. */
export interface CallActivities {
  /** Makes the call, with as many exchanges as it needs. */
  callApi(call: ApiCall): Promise<ApiCallEnd>;
}
