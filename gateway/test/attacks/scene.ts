import { until } from '../../../shared/testing/harness.ts';
import type { Stage } from './stage.ts';

/** An attack of more than one message. */
export interface SceneRow {
  id: string;
  attack: string;
  play(stage: Stage): Promise<void>;
}

export const scene = (id: string, attack: string, play: SceneRow['play']): SceneRow => ({ id, attack, play });

export const all = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

export const closes = (socket: { code(): number }, code: number) =>
  until(() => socket.code() === code, `the socket is closed with ${code}`);

export const init = (token: string) => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });

export const popups = 'subscription { questCompleted { cursor } }';
