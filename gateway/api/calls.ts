/** Routes of calls that are not jobs: profiles, and the segments of a picture. A worker makes them. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { keptFileAt } from '../../activities/store';
import { valuesSchema } from '../../input/requests/request-schema';
import { SEGMENTS_FOLDER } from '../../workflows/domain/account/api-calls';
import { PROFILE_FIELDS, type ProfileChanges, type ProfileFields } from '../../workflows/domain/operations/profiles';
import { needs } from './access/guard-access';
import { profileListSchema, profileSchema, segmentationSchema } from './answers';
import { FileSender, readFile } from './files/send-file';
import { answers, describeCreated, describeFile, describeNothing } from './responses';
import { type ApiRoutes, withDeadline } from './tools';

/** Ids are the provider's. */
const profileParams = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be the id of a profile: letters, digits, "_" and "-"'),
});

const { $schema: _dialect, required, ...fields } = z.toJSONSchema(valuesSchema(PROFILE_FIELDS), { io: 'input' });
// Accepted as they are: the library reports every problem by field.
const profileBody = z.looseObject({}).meta({ ...fields, required });
const profileChanges = z.looseObject({}).meta({ ...fields, minProperties: 1 });
/** Most addresses, for the document. The library checks all of them. */
const ADDRESS_PATTERN =
  '^https?://[A-Za-z]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?([.][A-Za-z]{2,20}){0,4}(:[0-9]{1,4})?(/[A-Za-z0-9._~/-]{0,1000})?$';

const segmentBody = z.strictObject({
  imageUrl: z.string().meta({ pattern: ADDRESS_PATTERN }).describe('public address of the picture'),
});

/** The file name of a preview: a hash, and a version if the preview has changed. */
const PREVIEW = /^[0-9a-f]{24}(~\d{1,4})?\.[a-z0-9]{1,8}$/;

function toPreviewPath(file: string): string {
  return `/v1/segments/${path.posix.basename(file)}`;
}

export const callRoutes: ApiRoutes = async (app, { tools }) => {
  const { client, store } = tools;
  app.post(
    '/v1/segments',
    {
      ...needs('operate', 'account'),
      schema: {
        operationId: 'findSegments',
        summary: 'Find the parts of a picture, which edit/image can change alone by mask_segment; safe to repeat',
        body: segmentBody,
        response: answers('The parts.', segmentationSchema),
      },
    },
    async ({ body }) => {
      const { segments, preview } = await withDeadline(tools, () => client.segment(body));
      return { segments, preview: preview && { ...preview, file: toPreviewPath(preview.file) } };
    },
  );
  const sender = new FileSender(store);
  app.get(
    '/v1/segments/:name',
    {
      ...needs('read', 'account'),
      schema: {
        operationId: 'getSegmentsPreview',
        summary: 'Get the bytes of a preview that findSegments has returned',
        params: z.object({ name: z.string().regex(PREVIEW, 'must be the name in the path of a preview') }),
        response: describeFile(),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const kept = keptFileAt({ folder: SEGMENTS_FOLDER, key: name.replace(/[~.].*$/, '') }, name);
      const bytes = await readFile(store, kept);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return sender.send(request, reply, { kept, sha256, bytes: bytes.length });
    },
  );
  const profiles = client.profiles();
  app.get(
    '/v1/profiles',
    {
      ...needs('read', 'account'),
      schema: {
        operationId: 'listProfiles',
        summary: 'List the identity profiles of the API key, newest first',
        response: answers('The profiles.', profileListSchema),
      },
    },
    async () => ({ profiles: await withDeadline(tools, () => profiles.list()) }),
  );
  app.post(
    '/v1/profiles',
    {
      ...needs('operate', 'account'),
      schema: {
        operationId: 'createProfile',
        summary: 'Create an identity profile; requests name it by profile_id',
        body: profileBody,
        response: describeCreated('The profile.', profileSchema),
      },
    },
    async ({ body }, reply) => {
      const made = await withDeadline(tools, () => profiles.create(body as unknown as ProfileFields));
      const id = encodeURIComponent(made.profile_id);
      return reply.code(201).header('location', `/v1/profiles/${id}`).send(made);
    },
  );
  app.get(
    '/v1/profiles/:id',
    {
      ...needs('read', 'account'),
      schema: {
        operationId: 'getProfile',
        summary: 'Get a profile',
        params: profileParams,
        response: answers('The profile.', profileSchema),
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => profiles.show(id)),
  );
  app.patch(
    '/v1/profiles/:id',
    {
      ...needs('operate', 'account'),
      schema: {
        operationId: 'changeProfile',
        summary: 'Change fields of a profile; the others stay as they are',
        params: profileParams,
        body: profileChanges,
        response: answers('The changed profile.', profileSchema),
      },
    },
    ({ params: { id }, body }) => withDeadline(tools, () => profiles.change(id, body as ProfileChanges)),
  );
  app.delete(
    '/v1/profiles/:id',
    {
      ...needs('operate', 'account'),
      schema: {
        operationId: 'deleteProfile',
        summary: 'Delete a profile',
        params: profileParams,
        response: describeNothing('The profile is deleted.'),
      },
    },
    async ({ params: { id } }, reply) => {
      await withDeadline(tools, () => profiles.delete(id));
      return reply.code(204).send(null);
    },
  );
};
