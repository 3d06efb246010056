import type { EventListener, Middleware } from '@facepass-kit/core';
import {
  context,
  defaultTextMapSetter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** One client span per call, under whatever span is active; its context travels with every attempt. */
export function traceFacePass(): { onEvent: EventListener; middleware: Middleware } {
  const tracer = trace.getTracer('facepass');
  const spans = new Map<string, Span>();

  const onEvent: EventListener = (event) => {
    switch (event.type) {
      case 'call_started': {
        const span = tracer.startSpan(event.endpoint, { kind: SpanKind.CLIENT, startTime: event.atMs });
        spans.set(event.callId, span);
        break;
      }
      case 'retry_scheduled':
        spans
          .get(event.callId)
          ?.addEvent('retry', { 'error.type': event.error, wait_ms: event.waitMs }, event.atMs);
        break;
      case 'call_finished': {
        const span = spans.get(event.callId);
        spans.delete(event.callId);
        span?.setAttribute('http.request.resend_count', Math.max(0, event.attempts - 1));
        if (event.error !== undefined) {
          span?.setAttribute('error.type', event.error);
          span?.setStatus({ code: SpanStatusCode.ERROR });
        }
        span?.end(event.atMs);
        break;
      }
    }
  };

  const middleware: Middleware = async (request, next, { callId }) => {
    const headers: Record<string, string> = {};
    const span = spans.get(callId);
    if (span !== undefined) {
      propagation.inject(trace.setSpan(context.active(), span), headers, defaultTextMapSetter);
    }
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return next(request);
  };

  return { onEvent, middleware };
}
