/** The compiler knows the fields of each operation: this file compiles only if it does. */
import { createReadStream } from 'node:fs';
import type { ImagePipelineClient, RecipeOptions, RequestOf, StartItemOptions } from '../../client';
import { requestProblems } from '../../input/requests/request-schema';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { executeImage as ExecuteImage, executeItem as ExecuteItem } from '../../workflows/item/child-item';

const ADDRESS = 'https://example.com/a.png';

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type FieldOf<N extends OperationName, K extends keyof RequestOf<N>> = NonNullable<RequestOf<N>[K]>;

const SCALE: Is<FieldOf<'upscale/image', 'scale'>, number> = true;
const FORMAT: Is<FieldOf<'upscale/image', 'output_format'>, 'webp' | 'jpeg' | 'png'> = true;
const INPUTS: Is<FieldOf<'edit/image', 'input_image'>, string | readonly string[]> = true;
const SHADOW: Is<FieldOf<'background/remove/image', 'drop_shadow'>, boolean> = true;
const MODE: Is<FieldOf<'generate/3d', 'mode'>, 'generate' | 'paint' | 'generate_and_paint'> = true;

/** One valid request for each; a request that its type allows and the check refuses would be a fault of the type. */
const ALLOWED: { readonly [N in OperationName]?: RequestOf<N> } = {
  'upscale/image': { input_image: ADDRESS, scale: 2, palette: ['#ffffff'], seed: undefined },
  'edit/image': { prompt: 'brighter', input_image: [ADDRESS, ADDRESS] },
  'generate/video': { input_image: ADDRESS, metadata: { any: 1 } },
  'creator/tryon/image': { person_image: ADDRESS, clothing_image: ADDRESS, gender: 'man' },
};

const TRY_ON = { person_image: ADDRESS, clothing_image: ADDRESS } as const;

/** Never called. */
const refused = (client: ImagePipelineClient) => [
  client.startItem({ operation: 'edit/image', request: { prompt: 'x', input_image: [ADDRESS, Buffer.alloc(1)] } }),
  client.startItem({ operation: 'upscale/image', request: { input_image: createReadStream('a.png') } }),
  // @ts-expect-error a text of bytes
  client.startItem({ operation: 'generate/image', request: { prompt: Buffer.alloc(1) } }),
  // @ts-expect-error the API has no upload for sounds
  client.startItem({ operation: 'identity/voice/clone', request: { text: 'x', reference_voice_url: Buffer.alloc(1) } }),
  // @ts-expect-error a field of another operation
  client.startItem({ operation: 'upscale/image', request: { prompt: 'x' } }),
  // @ts-expect-error a required field is missing
  client.startItem({ operation: 'creator/tryon/image', request: { person_image: ADDRESS } }),
  // @ts-expect-error a misspelled field
  client.startItem({ operation: 'generate/image', request: { prompt: 'x', widht: 64 } }),
  // @ts-expect-error a value of another type
  client.startItem({ operation: 'upscale/image', request: { scale: '2' } }),
  // @ts-expect-error not one of the choices
  client.startItem({ operation: 'creator/tryon/image', request: { ...TRY_ON, gender: 'female' } }),
  // @ts-expect-error no operation of the API
  client.startItem({ operation: 'generate/soup', request: {} }),
  // @ts-expect-error the operation is missing
  client.startItem({ request: { prompt: 'x' } }),
  // @ts-expect-error the short form is for pictures of a prompt
  client.startImage({ request: { text: 'x' } }),
  // @ts-expect-error a misspelled field
  client.startImage({ request: { prompt: 'x', widht: 64 } }),
  // @ts-expect-error a misspelled field
  client.storeInputs({ operation: 'upscale/image', request: { input_image: ADDRESS, scael: 2 } }),
  // @ts-expect-error a misspelled field of a step
  client.startItem({ recipe: { steps: [{ operation: 'generate/image', fields: { prompt: 'x', widht: 64 } }] } }),
];

/** A variable may stand for any field; its name is checked. */
const RECIPE: RecipeOptions = {
  steps: [{ operation: 'generate/image', fields: { prompt: 'a {{thing}}', width: '{{width}}' } }],
};
const MISSPELLED: RecipeOptions = {
  // @ts-expect-error a misspelled field, with a variable
  steps: [{ operation: 'generate/image', fields: { prompt: 'a {{thing}}', widht: '{{width}}' } }],
};

/** Never called. In workflows, requests may be those of `storeInputs`, so that the caller names the type. */
const inWorkflow = (executeItem: typeof ExecuteItem, executeImage: typeof ExecuteImage, stored: RequestFields) => [
  executeItem({ id: 'a', operation: 'background/remove/image', request: stored }),
  executeImage({ id: 'b', request: { prompt: 'x', width: 64 } satisfies RequestOf<'generate/image'> }),
  // @ts-expect-error a misspelled field
  executeImage({ id: 'c', request: { prompt: 'x', widht: 64 } satisfies RequestOf<'generate/image'> }),
];

test('types and checks agree', () => {
  expect([refused, inWorkflow].map(({ length }) => length)).toEqual([1, 3]);
  expect([RECIPE, MISSPELLED].map(({ steps }) => steps.length)).toEqual([1, 1]);
  expect([SCALE, FORMAT, INPUTS, SHADOW, MODE]).not.toContain(false);
  for (const [operation, request] of Object.entries(ALLOWED))
    expect(requestProblems(operation as OperationName, request)).toEqual([]);
});

test('options of any operation fit where the operation is not known in advance', () => {
  const options: StartItemOptions = { operation: 'generate/speech', request: { text: 'hello' } };
  expect(options.operation).toBe('generate/speech');
});
