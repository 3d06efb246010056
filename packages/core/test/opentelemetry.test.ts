import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failure, reset, scriptedWorld, success } from '../conformance/scripted-facepass.ts';
import { traceFacePass } from './examples/opentelemetry.ts';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator({
    inject(active, carrier, setter) {
      const span = trace.getSpanContext(active);
      if (span !== undefined) setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-01`);
    },
    extract: (active) => active,
    fields: () => ['traceparent'],
  });
});
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

function traced(answers: Parameters<typeof scriptedWorld>[0]) {
  const { onEvent, middleware } = traceFacePass();
  return scriptedWorld(answers, { onEvent, middleware: [middleware] });
}

describe('the OpenTelemetry example', () => {
  it('makes a span of each call, under the active one, with its retries', async () => {
    const { client, asked } = traced([reset, success({ registered: true })]);
    const tracer = trace.getTracer('test');
    await tracer.startActiveSpan('request', async (request) => {
      await client.registrations.status('000001');
      request.end();
    });
    const [call, request] = exporter.getFinishedSpans();
    expect(call).toMatchObject({
      name: 'POST /api/v1/merchant/face-register-exist',
      attributes: { 'http.request.resend_count': 1 },
      parentSpanContext: { spanId: request?.spanContext().spanId },
    });
    expect(call?.events).toMatchObject([{ name: 'retry', attributes: { 'error.type': 'connection_error' } }]);
    const { traceId, spanId } = call?.spanContext() ?? {};
    const sent = asked.map(({ headers }) => headers.get('traceparent'));
    expect(sent).toEqual([`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`]);
  });

  it('marks a call that failed', async () => {
    const { client } = traced([failure('NO')]);
    await client.registrations.status('000001').catch(() => undefined);
    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'api_error' },
    });
  });

  it('tells calls side by side apart', async () => {
    const { client } = traced([success({ registered: true })]);
    await Promise.all(Array.from({ length: 5 }, () => client.registrations.status('000001')));
    const spans = exporter.getFinishedSpans();
    expect(new Set(spans.map((span) => span.spanContext().spanId)).size).toBe(5);
  });
});
