import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
} from '@opentelemetry/api';
import { type Environment, StartRefusal } from './environment.ts';

/** What W3C Trace Context and Baggage carry from one process to the next. */
export interface TraceHeaders {
  traceparent?: string;
  tracestate?: string;
  baggage?: string;
}

export interface SpanSettings {
  /** The default is a part of its parent's work. */
  kind?: 'server' | 'client' | 'consumer' | 'producer';
  /** Where the trace comes from, when it is not what this process does at the moment. */
  from?: TraceHeaders | undefined;
  attributes?: Attributes;
  /** Other traces that have a part in this. */
  links?: readonly string[];
}

/** No process is traced unless it opens this; what follows then does nothing, at the cost of one comparison. */
let isOn = false;
export const isTracing = (): boolean => isOn;

const tracer = () => trace.getTracer('questline');
const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
} as const;

/**
 * Sends spans to OTEL_EXPORTER_OTLP_ENDPOINT by OTLP over HTTP. Without that variable nothing is traced, nothing leaves, and the libraries are not
 * even loaded.
 */
export async function openTracing(
  environment: Environment,
  subgraph: string,
  sample = 1,
): Promise<{ stop(): Promise<void> }> {
  const endpoint = environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint) return { stop: async () => {} };
  if (!URL.canParse(endpoint))
    throw new StartRefusal(
      'OTEL_EXPORTER_OTLP_ENDPOINT is no address.',
      'Set it to where a collector takes OTLP over HTTP, like http://127.0.0.1:4318, or unset it.',
    );
  const [sdk, { AsyncLocalStorageContextManager }, core, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const processor = new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': environment['OTEL_SERVICE_NAME'] ?? `questline-${subgraph}` }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sample) }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(
    new core.CompositePropagator({
      propagators: [new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator()],
    }),
  );
  isOn = true;
  return {
    async stop() {
      isOn = false;
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** Does a part of the work as a span of its own. What it throws marks the span as failed. */
export async function traced<T>(
  name: string,
  settings: SpanSettings,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  // A part of what nobody will see needs no span of its own.
  if (!isOn || (!settings.from && isUnseen(trace.getSpanContext(context.active())))) return work(undefined);
  const span = beginSpan(name, settings);
  try {
    return await context.with(trace.setSpan(contextOf(settings.from), span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    throw error;
  } finally {
    span.end();
  }
}

/** A span that somebody else ends. */
export function beginSpan(name: string, { kind, from, attributes, links = [] }: SpanSettings): Span {
  const linked = links.flatMap((traceparent) => {
    const spanContext = trace.getSpanContext(contextOf({ traceparent }));
    return spanContext ? [{ context: spanContext }] : [];
  });
  return tracer().startSpan(
    name,
    { ...(kind && { kind: kinds[kind] }), ...(attributes && { attributes }), links: linked },
    contextOf(from),
  );
}

/** The headers by which another process goes on with the trace: this process's own, or those that it was given and has no part in. */
export function traceHeaders(given?: TraceHeaders): TraceHeaders {
  if (!isOn) return given ?? {};
  const span = trace.getSpanContext(context.active());
  // Most requests, where one in a hundred is sampled: they say no more than that.
  if (span && isUnseen(span) && !span.traceState && !propagation.getActiveBaggage())
    return { traceparent: `00-${span.traceId}-${span.spanId}-00` };
  const headers: TraceHeaders = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Belongs to a trace that is not sampled. */
const isUnseen = (span: SpanContext | undefined) => span !== undefined && span.traceFlags % 2 === 0;

/** What is done at the moment, if somebody will see its trace. */
export function currentTrace(): string | undefined {
  if (!isOn) return undefined;
  const span = trace.getSpanContext(context.active());
  return span && span.traceFlags % 2 === 1 ? traceHeaders().traceparent : undefined;
}

/** For a line of the log. */
export const currentTraceId = (): string | undefined =>
  isOn ? trace.getSpanContext(context.active())?.traceId : undefined;

/** The trace headers of a request; undefined when it has none. */
export function traceIn(headers: Readonly<Record<string, unknown>> | null | undefined): TraceHeaders | undefined {
  const traceparent = headers?.['traceparent'];
  if (typeof traceparent !== 'string' || !isTraceparent(traceparent)) return undefined;
  const { tracestate, baggage } = headers as Readonly<Record<string, unknown>>;
  return {
    traceparent,
    ...(isShortText(tracestate) && { tracestate }),
    ...(isShortText(baggage) && { baggage }),
  };
}

export const isTraceparent = (text: string): boolean =>
  /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(text);
const isShortText = (text: unknown): text is string => typeof text === 'string' && text.length <= 8192;

const contextOf = (from: TraceHeaders | undefined): Context =>
  from ? propagation.extract(context.active(), from) : context.active();

/** Objects that go on in the trace of what made them, where no call leads from one to the other. */
const carried = new WeakMap<object, string>();

export function carryTrace(value: object, traceparent: string | undefined): void {
  if (isOn && traceparent !== undefined) carried.set(value, traceparent);
}

export const carriedTrace = (value: object): string | undefined => (isOn ? carried.get(value) : undefined);
