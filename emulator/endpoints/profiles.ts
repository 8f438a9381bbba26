/** Identity profiles. */
import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Profile } from '../books/profile-book';
import { type Answer, errorAnswer, json } from '../http/answer';
import type { World } from '../world';
import { withBody } from './checked-body';
import * as check from './field-checks';

const FIELDS: Readonly<Record<string, check.Field>> = {
  name: { required: true, check: check.textUpTo(128) },
  description: { check: check.nullable(check.textUpTo(512)) },
  tags: { check: check.nullable(check.listOf(check.text)) },
  callback_url: { check: check.nullable(check.webUrl) },
  intent_id: check.optionalText,
  prompt_template: check.optionalText,
  prompt_template_mode: { check: check.oneOf(['suffix', 'prefix', 'replace']) },
  negative_prompt: check.optionalText,
  steps: { check: check.nullable(check.integer(1, 150)) },
  cfg_scale: { check: check.nullable(check.number(0, 30)) },
  seed_strategy: { check: check.oneOf(['random', 'fixed', 'user']) },
  fixed_seed: { check: check.nullable(check.integer(-1)) },
  palette: { check: check.nullable(check.listOf(check.hexColour)) },
  width: { check: check.nullable(check.integer(64, 2_048)) },
  height: { check: check.nullable(check.integer(64, 2_048)) },
  output_format: { check: check.nullable(check.oneOf(['webp', 'jpeg', 'png'])) },
  extra_params: { check: check.nullable(check.object) },
};

export function listProfiles({ profiles }: World, key: string): Answer {
  const all = profiles.of(key);
  return json(200, { profiles: all, total: all.length });
}

export function showProfile(world: World, key: string, id: string): Answer {
  const found = find(world, key, id);
  return found === undefined ? notFound(id) : json(200, found);
}

export function createProfile(world: World, key: string, request: FastifyRequest): Answer {
  return withBody(request, FIELDS, (body) => {
    const now = new Date(world.now()).toISOString();
    const made: Profile = {
      ...{ description: null, tags: [], callback_url: null, output_format: 'webp' },
      ...body,
      ...{ profile_id: `prof_${randomBytes(8).toString('hex')}`, job_count: 0 },
      ...{ created_at: now, updated_at: now, last_used_at: null },
    };
    world.profiles.set(key, [made, ...world.profiles.of(key)]);
    return json(201, made);
  });
}

export function changeProfile(world: World, key: string, id: string, request: FastifyRequest): Answer {
  const found = find(world, key, id);
  if (found === undefined) return notFound(id);
  const optional = { ...FIELDS, name: { check: check.textUpTo(128) } };
  return withBody(request, optional, (body) => {
    const changed = { ...found, ...body, profile_id: id, updated_at: new Date(world.now()).toISOString() };
    world.profiles.set(
      key,
      world.profiles.of(key).map((one) => (one.profile_id === id ? changed : one)),
    );
    return json(200, changed);
  });
}

export function deleteProfile(world: World, key: string, id: string): Answer {
  if (find(world, key, id) === undefined) return notFound(id);
  world.profiles.set(
    key,
    world.profiles.of(key).filter((one) => one.profile_id !== id),
  );
  return { status: 204, body: '' };
}

function find({ profiles }: World, key: string, id: string): Profile | undefined {
  return profiles.of(key).find((one) => one.profile_id === id);
}

function notFound(id: string): Answer {
  return errorAnswer(404, 'NOT_FOUND', `There is no profile ${id}.`);
}
