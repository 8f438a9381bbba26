/** Traces of a real run, as a collector receives them: one from the command that asked to the activities that did it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parse } from 'protobufjs';
import { runCli, startCli } from '../cli/cli-process';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

const PLANTED = 'planted-secret-7f3a';

/** The part of OTLP that is looked at here; the numbers are those of the published protocol. */
const OTLP = parse(`
  syntax = "proto3";
  message Export { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; }
`).root.lookupType('Export');

interface Span {
  readonly traceId: string;
  readonly name: string;
}
interface Export {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly Span[] }[] }[];
}

const bodies: Buffer[] = [];
let collector: Server;
let rig: Rig;

beforeAll(async () => {
  collector = createServer((request, response) => {
    void buffer(request).then((body) => {
      bodies.push(body);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  rig = await startRig({ worker: false });
});
afterAll(async () => {
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
  await rig.close();
});

function decodeSpans(body: Buffer): readonly Span[] {
  const { resourceSpans = [] } = OTLP.toObject(OTLP.decode(body), { bytes: String }) as Export;
  return resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
}

test('an image is one trace, and nothing that anybody wrote is in it', async () => {
  const { settings, server } = rig;
  const shared = {
    ...server.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    IMAGEPIPELINE_STORE: settings.store,
  };
  const worker = startCli(['worker'], tempFolder(), {
    ...shared,
    OTEL_SERVICE_NAME: 'service-of-the-worker',
    IMAGEPIPELINE_API_KEY: settings.apiKey,
    IMAGEPIPELINE_BASE_URL: settings.baseUrl,
  });
  await worker.seen(/^ready/m);
  const flags = ['--width', '64', '--height', '64', '--id', 'traced'];
  const good = await runCli(['generate', PLANTED, ...flags], tempFolder(), shared);
  const bad = await runCli(['generate', `${PLANTED} {{INPUT_INVALID}}`, '--id', 'traced-2'], tempFolder(), shared);
  worker.child.kill('SIGTERM');
  const end = await worker.finished;
  expect({ good: good.code, bad: bad.code, end: end.code }).toEqual({ good: 0, bad: 3, end: 0 });
  expect(end.stderr).not.toContain('Ignoring');

  const spans = bodies.flatMap(decodeSpans);
  const started = spans.filter(({ name }) => name === 'StartWorkflow:imagePipelineItem');
  expect(started).toHaveLength(2);
  const [first] = started;
  const names = spans.filter(({ traceId }) => traceId === first?.traceId).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['RunActivity:submitJob', 'RunActivity:awaitJob']));
  const all = Buffer.concat(bodies).toString('latin1');
  expect(all).toContain('service-of-the-worker');
  for (const secret of [PLANTED, settings.apiKey, 'exception.message']) expect(all).not.toContain(secret);
});
