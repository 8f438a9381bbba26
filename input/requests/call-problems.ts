/** Checks calls of the API that are not jobs, before anything is sent. */

import type { ApiCall } from '../../workflows/domain/account/api-calls';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { FieldRule } from '../../workflows/domain/operations/operations';
import { PROFILE_FIELDS } from '../../workflows/domain/operations/profiles';
import { type FieldProblem, valueProblems } from './request-schema';

const SEGMENT_FIELDS: Readonly<Record<string, FieldRule>> = {
  imageUrl: { type: 'url', media: 'image', maximumLength: 2_048, required: true, about: 'public URL of the picture' },
};
const ID_FIELDS: Readonly<Record<string, FieldRule>> = {
  profileId: { type: 'text', maximumLength: 200, required: true, about: 'id of the profile' },
};

/** The rules of changes: nothing is required. */
const CHANGE_FIELDS = Object.fromEntries(
  Object.entries<FieldRule>(PROFILE_FIELDS).map(([name, { required: _required, ...rule }]) => [name, rule]),
) as Readonly<Record<string, FieldRule>>;

/** Every problem of a call, by field. */
export function findCallProblems(given: ApiCall): readonly FieldProblem[] {
  switch (given.call) {
    case 'listProfiles':
      return [];
    case 'segment':
      return valueProblems(SEGMENT_FIELDS, { imageUrl: given.imageUrl });
    case 'createProfile':
      return valueProblems(PROFILE_FIELDS, given.fields);
    case 'changeProfile':
      return [...idProblems(given), ...changeProblems(given.fields)];
    case 'showProfile':
    case 'deleteProfile':
      return idProblems(given);
  }
}

function idProblems({ profileId }: { readonly profileId: string }): readonly FieldProblem[] {
  return valueProblems(ID_FIELDS, { profileId });
}

function changeProblems(fields: RequestFields): readonly FieldProblem[] {
  if (Object.keys(fields).length > 0) return valueProblems(CHANGE_FIELDS, fields);
  return [
    { field: 'fields', problem: `are empty; must have at least one of ${Object.keys(CHANGE_FIELDS).join(', ')}` },
  ];
}
