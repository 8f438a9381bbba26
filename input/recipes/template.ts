/** Templates: texts with variables like `{{colour}}`. They contain no code, and inserted values are never expanded. */
import { isObject } from '../../workflows/domain/base/is-object';
import { isPictureBytes } from '../pictures/picture-bytes';

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'variable'; readonly name: string };

/** The parts of a text, in order. */
export type TextTemplate = readonly Part[];

/** A value of a recipe whose texts may have variables. */
export type Template =
  | { readonly kind: 'text'; readonly parts: TextTemplate }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] }
  | { readonly kind: 'plain'; readonly value: unknown };

/** Returns the value of a variable; `undefined` if there is no such variable. */
export type Lookup = (name: string) => unknown;

/** Receives the problem of a variable, phrased to follow the name of the field. */
type OnProblem = (problem: string) => void;

/** `{{{{`, a variable, or `{{` without one. */
const TOKENS = /\{\{\{\{|\{\{([^{}]*)\}\}|\{\{/g;
const OPENING = '{{';
const UNCLOSED = 'has {{ without the name of a variable and }} behind it; write {{{{ for a literal {{';

/** Parses a text. Reports what is wrong with it. */
export function parseText(text: string, onProblem: OnProblem): TextTemplate {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [token, name] = match;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    at = match.index + token.length;
    if (name !== undefined && name.trim() !== '') parts.push({ kind: 'variable', name: name.trim() });
    else if (token.length > OPENING.length && name === undefined) parts.push({ kind: 'text', text: OPENING });
    else onProblem(UNCLOSED);
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** Parses the texts of a value, at any depth. */
export function parseTemplate(value: unknown, onProblem: OnProblem): Template {
  if (typeof value === 'string') return { kind: 'text', parts: parseText(value, onProblem) };
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => parseTemplate(item, onProblem)) };
  if (!isObject(value) || isPictureBytes(value)) return { kind: 'plain', value };
  const members = Object.entries(value).map(([name, member]) => [name, parseTemplate(member, onProblem)] as const);
  return { kind: 'object', members };
}

/** The names of the variables of a text. */
export function listVariables(parts: TextTemplate): readonly string[] {
  return parts.flatMap((part) => (part.kind === 'variable' ? [part.name] : []));
}

/** The names of all variables of a template. */
export function listTemplateVariables(template: Template): readonly string[] {
  switch (template.kind) {
    case 'text':
      return listVariables(template.parts);
    case 'list':
      return template.items.flatMap(listTemplateVariables);
    case 'object':
      return template.members.flatMap(([, member]) => listTemplateVariables(member));
    case 'plain':
      return [];
  }
}

/** The variable that a template consists of; `null` if it has other parts. */
export function findOnlyVariable(template: Template): string | null {
  if (template.kind !== 'text') return null;
  const [part, ...others] = template.parts;
  return part?.kind === 'variable' && others.length === 0 ? part.name : null;
}

/** Replaces the variables. One that is a whole text keeps the type of its value; an empty one then means "not given". */
export function renderTemplate(template: Template, lookup: Lookup, onProblem: OnProblem): unknown {
  switch (template.kind) {
    case 'text': {
      const only = findOnlyVariable(template);
      return only === null ? renderText(template.parts, lookup, onProblem) : toGiven(lookup(only));
    }
    case 'list':
      return template.items.map((item) => renderTemplate(item, lookup, onProblem));
    case 'object':
      return Object.fromEntries(
        template.members.map(([name, member]) => [name, renderTemplate(member, lookup, onProblem)]),
      );
    case 'plain':
      return template.value;
  }
}

/** @param toText how a value is inserted; default as it is */
export function renderText(
  parts: TextTemplate,
  lookup: Lookup,
  onProblem: OnProblem,
  toText: (value: string) => string = (value) => value,
): string {
  return parts
    .map((part) => (part.kind === 'text' ? part.text : toText(insert(part.name, lookup(part.name), onProblem))))
    .join('');
}

function insert(name: string, value: unknown, onProblem: OnProblem): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const found = toGiven(value) === null ? 'has no value here' : 'is a list or an object, and must be a whole value';
  onProblem(`inserts {{${name}}} into a text, which ${found}`);
  return '';
}

function toGiven(value: unknown): unknown {
  return value === undefined || (typeof value === 'string' && value.trim() === '') ? null : value;
}
