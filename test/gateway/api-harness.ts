/** The HTTP API over real sockets, and a client that is made of its OpenAPI document at run time. */
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { AxiosResponse } from 'axios';
import OpenAPIClientAxios, { type Document, type OpenAPIClient } from 'openapi-client-axios';
import { openStore } from '../../client/open-store';
import { type Api, type ApiSettings, startApi } from '../../gateway';
import { toPlainToken } from '../../gateway/api/access/api-token';
import { ON_POSTGRES } from '../support/on-postgres';
import type { Rig } from '../support/rig';
import { type GatewayProcess, gatewayAsProcess } from '../support/rig-gateway';

export const TOKEN = 'token-of-the-tests';
export const OTHER_TOKEN = 'the-token-that-comes-next';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

const TOKENS = [TOKEN, OTHER_TOKEN];
const SETTINGS: ApiSettings = {
  tokens: TOKENS.map(toPlainToken),
  host: '127.0.0.1',
  port: 0,
  maxBatchBytes: 1024 * 1024,
  requestsPerMinute: 10_000,
};

const lines: string[] = [];
const processes: GatewayProcess[] = [];
const running = new Set<Api>();

/** What the APIs said in their logs. */
export function logged(): readonly string[] {
  return [...lines, ...processes.flatMap(({ text }) => text().match(/^\{.*$/gm) ?? [])];
}

afterAll(async () => {
  await Promise.all([...running].map((api) => api.close()));
});

type ApiRig = Pick<Rig, 'client' | 'server' | 'store'>;

/** On PostgreSQL as part of a gateway process, unless a setting is changed: those of the tests are smaller than can be set. */
export async function startTestApi(rig: ApiRig, changed: Partial<ApiSettings> | null = null): Promise<Api> {
  const api = ON_POSTGRES && changed === null ? await apiAsProcess(rig) : await apiInside(rig, changed ?? {});
  running.add(api);
  return api;
}

function apiInside({ client, store }: ApiRig, changed: Partial<ApiSettings>): Promise<Api> {
  const opened = openStore({ IMAGEPIPELINE_STORE: store }, '/');
  return startApi({ ...SETTINGS, ...changed }, client, opened, (line) => lines.push(line));
}

async function apiAsProcess({ server, store }: ApiRig): Promise<Api> {
  const gateway = await gatewayAsProcess({
    ...server.env,
    IMAGEPIPELINE_API_TOKENS: TOKENS.join(','),
    IMAGEPIPELINE_API_PORT: String(SETTINGS.port),
    IMAGEPIPELINE_API_MAX_RATE: String(SETTINGS.requestsPerMinute),
    IMAGEPIPELINE_STORE: store,
    IMAGEPIPELINE_LOG_FORMAT: 'json',
  });
  processes.push(gateway);
  const none = { dashboardUrl: null, createSignInUrl: () => null };
  return { url: gateway.apiUrl, ...none, pending: () => 0, close: () => gateway.close() };
}

export async function fetchDocument({ url }: Api): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}

/** Knows nothing of the API but its document. Every answer is held to what the document says of it. */
export async function makeClient({ url }: Api, definition: Document): Promise<OpenAPIClient> {
  const axiosConfigDefaults = {
    baseURL: url,
    headers: AUTHORIZED,
    validateStatus: () => true,
    // A list is sent as OpenAPI has it: the name once for each.
    paramsSerializer: { indexes: null },
  };
  const made = new OpenAPIClientAxios({ definition, axiosConfigDefaults });
  const client = await made.init<OpenAPIClient>();
  client.interceptors.response.use((response) => checkAnswer(response, definition));
  return client;
}

function checkAnswer(response: AxiosResponse, definition: Document): AxiosResponse {
  const type = String(response.headers['content-type']).split(';')[0] ?? '';
  const { method = '', url = '' } = response.config;
  const operation = Object.entries(definition.paths ?? {}).find(([path]) => matches(path, url))?.[1] as Operations;
  const answer = operation[method]?.responses[response.status] ?? operation[method]?.responses['default'];
  if (answer !== undefined && answer.content === undefined && response.data === '') return response;
  const schema = answer?.content?.[type]?.schema;
  if (schema === undefined) throw new Error(`${method} ${url}: ${response.status} ${type} is not in the document`);
  if (!type.endsWith('json')) return response;
  const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
  const isRight = ajv.compile({ ...schema, components: definition.components });
  if (!isRight(response.data)) throw new Error(`${method} ${url}: ${ajv.errorsText(isRight.errors)}`);
  return response;
}

type Operations = Readonly<
  Record<string, { readonly responses: Readonly<Record<string, { readonly content?: Content }>> } | undefined>
>;
type Content = Readonly<Record<string, { readonly schema: object } | undefined>>;

function matches(path: string, url: string): boolean {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(new URL(url, 'http://x').pathname);
}
