import type { ExecutionResult } from 'graphql';
import { parseExact } from '../../execution/answer/exactJson.ts';
import { type Attempt, HttpUpstream } from './httpUpstream.ts';
import { type UpstreamStream, refusalIn } from './upstream.ts';

const largestEvent = 1024 * 1024;

/** Server-Sent Events: graphql-sse in its mode of distinct connections, a request for each stream. */
export class EventUpstream extends HttpUpstream {
  protected override async serve(stream: UpstreamStream, attempt: Attempt): Promise<void> {
    const { signal } = attempt.leaving;
    const { statusCode, headers, body } = await this.post(stream.request(), 'text/event-stream', attempt);
    if (!String(headers['content-type']).startsWith('text/event-stream')) {
      const refusal = refusalIn(asJson(await body.text()));
      if (!refusal)
        throw new Error(`it answered ${statusCode} with "${String(headers['content-type']).slice(0, 100)}"`);
      return this.end(stream, () => this.settings.refused(stream, refusal));
    }
    this.isServed(stream, attempt);
    this.settings.count(1);
    try {
      for await (const { event, data } of eventsIn(body)) {
        if (signal.aborted) return;
        if (event === 'complete') return this.end(stream, () => stream.complete());
        if (event !== 'next') continue;
        const result = parseExact(data) as ExecutionResult;
        const refusal = refusalIn(result);
        if (refusal) return this.end(stream, () => this.settings.refused(stream, refusal));
        stream.next(result);
      }
    } finally {
      this.settings.count(-1);
    }
  }
}

/** The events of a body, as the HTML standard reads them: lines that end in one of three ways, fields, and an empty line. */
export async function* eventsIn(body: AsyncIterable<Buffer>): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  let text = '';
  let event = '';
  let data: string[] = [];
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largestEvent) throw new Error(`an event is larger than ${largestEvent} characters`);
    // The second half of a CRLF may still be on its way.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\r|\n/);
    text = lines.pop()! + text.slice(end);
    for (const line of lines) {
      if (line === '') {
        if (event || data.length > 0) yield { event: event || 'message', data: data.join('\n') };
        [event, data] = ['', []];
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
      if (field === 'event') event = value!;
      else if (field === 'data') data.push(value!);
    }
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
