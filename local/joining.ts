import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { StartRefusal } from '../shared/process/environment.ts';
import type { Joined } from '../shared/subgraph/joined.ts';

/** Subgraphs that join the three on this machine: the default export of the module that `npm start -- --join MODULE` names. */
export interface Joining {
  subgraphs: readonly Joined[];
  /** In Rover's format, the three among them. */
  supergraph: string;
  /** Folders of operations beside those of the three. */
  operations: readonly string[];
  /** Where they have their pages of the demo, each in NAME/page. */
  pages?: string;
  /** Files of quests that the demo imports. */
  quests?: readonly string[];
}

const usage = 'Usage: npm start -- [--guests] [--join MODULE]; --guests is --join guests/join.ts';
const ours = fileURLToPath(new URL('../guests/join.ts', import.meta.url));

/** What the arguments of `npm start` let join; undefined: nothing. Throws StartRefusal. */
export async function joiningIn(args: readonly string[]): Promise<Joining | undefined> {
  const { guests, join } = flagsOf(args);
  if (join === undefined && !guests) return undefined;
  const file = join === undefined ? ours : resolve(join);
  if (!existsSync(file)) throw new StartRefusal(`There is no ${file} to join.`, usage);
  const { default: joining } = (await import(pathToFileURL(file).href)) as { default?: Joining };
  if (!joining?.subgraphs || !joining.supergraph)
    throw new StartRefusal(`${file} does not say what joins.`, 'docs/bring-your-own-subgraph.md shows how it does.');
  return { ...joining, operations: joining.operations ?? [] };
}

function flagsOf(args: readonly string[]): { guests?: boolean; join?: string } {
  try {
    return parseArgs({ args: [...args], options: { guests: { type: 'boolean' }, join: { type: 'string' } } }).values;
  } catch (error) {
    throw new StartRefusal(`${(error as Error).message.split('\n')[0]!.replace(/\.$/, '')}.`, usage);
  }
}
