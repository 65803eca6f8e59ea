import { Gate, NeverSent, Overfull } from '../../execution/fetch/gate.ts';
import { Abandoned } from '../../execution/fetch/post.ts';

/** Each request has its own time, so that none of these tests depends on which of two timers comes first. */
const long = 60_000;

test('a request whose time ends in the queue never enters, and the place goes to the one behind it', async () => {
  const gate = new Gate(1, 10);
  expect(gate.enter(long)).toBeUndefined();
  const late = gate.enter(20);
  const patient = gate.enter(long);
  await expect(late).rejects.toBeInstanceOf(NeverSent);
  expect(gate.queued).toBe(1);
  gate.leave();
  await patient;
  expect(gate.queued).toBe(0);
  gate.leave();
  expect(gate.enter(long)).toBeUndefined();
});

test('whoever is abandoned leaves the queue, and one more than the queue holds is refused at once', async () => {
  const gate = new Gate(1, 1);
  expect(gate.enter(long)).toBeUndefined();
  const caller = new AbortController();
  const abandoned = gate.enter(long, caller.signal);
  await expect(gate.enter(long)).rejects.toBeInstanceOf(Overfull);
  caller.abort();
  await expect(abandoned).rejects.toBeInstanceOf(Abandoned);
  const next = gate.enter(long);
  gate.leave();
  await next;
});
