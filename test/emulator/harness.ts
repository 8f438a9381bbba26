import {
  type Action,
  type Emulator,
  type EmulatorOptions,
  type JobStatusResponse,
  type Rule,
  startEmulator,
} from '../../emulator';

export const PATH = '/generate/image/v1';
/** Small and quick to draw. */
const SMALL = { width: 32, height: 32, output_format: 'png' };
export const INSTANT = { jobTime: { medianMs: 1, sigma: 0 } };

const running = new Set<Emulator>();

/** Starts an emulator that is closed after the test. */
export async function start(options: EmulatorOptions = INSTANT): Promise<Emulator> {
  const emulator = await startEmulator(options);
  running.add(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all([...running].map((emulator) => emulator.close()));
  running.clear();
});

export function headers(emulator: Emulator): Record<string, string> {
  return { 'x-api-key': emulator.apiKey, 'content-type': 'application/json' };
}

/** A picture of `generate/image` is small. */
export function post(emulator: Emulator, fields: object, key = emulator.apiKey, path = PATH): Promise<Response> {
  const body = JSON.stringify(path === PATH ? { ...SMALL, ...fields } : fields);
  return fetch(emulator.url + path, { method: 'POST', headers: { ...headers(emulator), 'x-api-key': key }, body });
}

/** Adds a rule for an action. */
export function when(emulator: Emulator, action: Action, limits: Omit<Rule, 'then'> = {}): void {
  emulator.script({ ...limits, then: action });
}

/** Submits and expects a job. */
export async function submit(emulator: Emulator, prompt: string, fields: object = {}): Promise<string> {
  const response = await post(emulator, { prompt, ...fields });
  expect(response.status).toBe(200);
  const { job_id } = (await response.json()) as { job_id: string };
  return job_id;
}

export function readStatus(emulator: Emulator, jobId: string, path = PATH): Promise<Response> {
  return fetch(`${emulator.url}${path}/status/${jobId}`, { headers: headers(emulator) });
}

export async function fetchStatus(emulator: Emulator, jobId: string, path = PATH): Promise<JobStatusResponse> {
  return (await (await readStatus(emulator, jobId, path)).json()) as JobStatusResponse;
}

/** Reads the status until the job has ended. */
export async function awaitEnd(emulator: Emulator, jobId: string, path = PATH): Promise<JobStatusResponse> {
  for (;;) {
    const body = await fetchStatus(emulator, jobId, path);
    if (!['queued', 'processing'].includes(body.status)) return body;
    await pause(2);
  }
}

/** Submits, waits for the end and downloads. */
export async function download(emulator: Emulator, prompt: string, fields: object = {}): Promise<Response> {
  const { result_url } = await awaitEnd(emulator, await submit(emulator, prompt, fields));
  return fetch(String(result_url));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** A clock that stands still until it is moved. */
export function manualClock() {
  let time = Date.UTC(2026, 0, 1);
  return {
    now: () => time,
    advance: (ms: number) => {
      time += ms;
    },
  };
}
