import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from './metrics.ts';

/** What a process takes of its machine, by the names of OpenTelemetry's semantic conventions. */
export function watchProcess(meter: Meter): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  meter.gauge('nodejs_eventloop_delay_p99_seconds', 'How late the event loop was since the last reading', () => {
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return Number.isFinite(seconds) ? seconds : 0;
  });
  meter.gauge('process_memory_usage_bytes', 'Resident memory', () => process.memoryUsage.rss());
  meter.counter('process_cpu_time_seconds', 'Processor time', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}
