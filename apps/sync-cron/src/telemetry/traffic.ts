import type { FacePassEvent } from '@facepass-kit/core';
import type { MirrorStream } from '@facepass-kit/protocol';

/** What went over the network for one stream during a run. */
export interface StreamTraffic {
  requests: number;
  retries: number;
  /** Answers 429. */
  rateLimited: number;
  /** Of the answers' bodies, as they came out of the connection. */
  bytes: number;
}

/** Counts what a client does by the stream it does it for. */
export interface TrafficMeter {
  /** Watches the client's own events. */
  readonly onEvent: (event: FacePassEvent) => void;
  of(stream: MirrorStream): Readonly<StreamTraffic>;
}

const paths: Readonly<Record<MirrorStream, string>> = {
  registrations: 'face-register-history',
  verifications: 'face-verify-history',
};

export function createTrafficMeter(): TrafficMeter {
  const counted: Record<MirrorStream, StreamTraffic> = { registrations: nothing(), verifications: nothing() };
  const streamOf = (text: string): StreamTraffic | null =>
    text.endsWith(paths.verifications)
      ? counted.verifications
      : text.endsWith(paths.registrations)
        ? counted.registrations
        : null;
  return {
    onEvent(event) {
      if (event.type !== 'attempt_finished' && event.type !== 'retry_scheduled') return;
      const traffic = streamOf(event.endpoint);
      if (traffic === null) return;
      if (event.type === 'retry_scheduled') traffic.retries++;
      else {
        traffic.requests++;
        traffic.bytes += event.bytes ?? 0;
        if (event.status === 429) traffic.rateLimited++;
      }
    },
    of: (stream) => counted[stream],
  };
}

function nothing(): StreamTraffic {
  return { requests: 0, retries: 0, rateLimited: 0, bytes: 0 };
}
