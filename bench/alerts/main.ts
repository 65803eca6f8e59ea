import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPrometheus } from '../../deploy/test/prometheus.ts';
import { prepare } from '../faults/prepare.ts';
import { startSystem } from '../faults/system.ts';
import { provocations } from './provocations.ts';

/**
 * `npm run alerts [-- --only TEXT]`: each fault is provoked in the running system, a real Prometheus with the alerts of the chart has to notice it, and
 * to see its end once it is made good. An alert counts from when it is pending, before its `for` is over. Exit status 1 where one does not.
 */
const { only = '' } = parseArgs({ options: { only: { type: 'string' } } }).values;
const longestMs = 180_000;

const system = await startSystem();
const faults: string[] = [];
try {
  await prepare(system);
  const prometheus = await startPrometheus(Object.values(system.metricsPorts));
  /** Waits until the alerts are there or gone; resolves to the seconds that took. */
  const untilSeen = async (alerts: readonly string[], are: 'active' | 'over') => {
    const began = performance.now();
    for (;;) {
      const active = await prometheus.active();
      const seconds = (performance.now() - began) / 1000;
      if (alerts.every((alert) => active.includes(alert) === (are === 'active'))) return `${seconds.toFixed(0)} s`;
      if (seconds * 1000 > longestMs) {
        faults.push(`${alerts.join(', ')} not ${are}`);
        return `NOT after ${seconds.toFixed(0)} s; active: ${active.join(', ') || 'none'}`;
      }
      await sleep(500);
    }
  };
  try {
    for (const { name, alerts, provoke } of provocations.filter((each) => each.name.includes(only))) {
      const before = (await prometheus.active()).filter((alert) => alerts.includes(alert));
      if (before.length > 0) faults.push(`${before.join(', ')} before ${name}`);
      const mend = await provoke(system);
      const noticed = await untilSeen(alerts, 'active');
      await mend();
      console.log(`${name}: ${alerts.join(', ')} after ${noticed}, over after ${await untilSeen(alerts, 'over')}`);
    }
  } finally {
    await prometheus.stop();
  }
} finally {
  await system.stop();
}
for (const fault of faults) console.log(`NOT   ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
