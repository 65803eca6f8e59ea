import { prepare } from '../prepare.ts';
import { runScenario } from '../scenario.ts';
import { scenarios } from '../scenarios/all.ts';
import { type System, startSystem } from '../system.ts';

/** The quickest of `npm run faults`, without its clocks: what must hold in the end must hold on a busy machine too. */
const quick = [
  'redis killed with its data',
  'redis delivers everything again',
  'postgres restarted immediate',
  'kill point inbox.afterCommit',
  'kill point auth.afterCommit',
  'kill point relay.afterPublish',
  'kill point progress.afterPublication',
  'kill point backfill.afterCommit',
];

describe('nothing is lost and nothing counts twice', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
    await prepare(system);
  });
  afterAll(() => system.stop());

  test.each(quick)('after %s', async (name) => {
    const scenario = scenarios.find((one) => one.name === name)!;
    const timeline: string[] = [];
    const { faults } = await runScenario(system, { ...scenario, limits: { backMs: 60_000 } }, 1, (line) =>
      timeline.push(line),
    );
    expect({ faults, ...(faults.length > 0 && { timeline }) }).toEqual({ faults: [] });
  });
});
