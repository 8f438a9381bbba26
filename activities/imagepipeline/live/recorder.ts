/** Records the answers of a transport, for a check that compares them with what a worker makes of them. */

import { describeProblem } from '../api';
import { parseJson, readText } from '../read-body';
import { type HttpResponse, readHeader, type Transport } from '../transport';
import { describeShape, type Exchange } from './evidence';

/** One exchange at a time. */
export class Recorder {
  private exchange: Exchange = { problem: 'nothing was sent' };
  private json: unknown;

  constructor(private readonly transport: Transport) {}

  readonly send: Transport = async (request) => {
    try {
      const response = await this.transport(request);
      return await this.record(response);
    } catch (error) {
      this.exchange = { problem: describeProblem(error) };
      throw error;
    }
  };

  /** The last exchange. */
  get last(): Exchange {
    return this.exchange;
  }

  /** The last body, if it was JSON. */
  get body(): unknown {
    return this.json;
  }

  private async record(response: HttpResponse): Promise<HttpResponse> {
    const contentType = readHeader(response, 'content-type') ?? null;
    const retryAfter = readHeader(response, 'retry-after') ?? null;
    const isJson = contentType?.includes('json') === true;
    const text = isJson ? await readText(response.body) : null;
    this.json = text === null ? undefined : parseJson(text);
    this.exchange = { status: response.status, contentType, retryAfter, shape: describeShape(this.json) };
    return text === null ? response : { ...response, body: toBody(text) };
  }
}

async function* toBody(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
