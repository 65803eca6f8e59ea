import { type DocumentNode, print, stripIgnoredCharacters } from 'graphql';
import type { Operation } from '../execution.ts';
import { LruCache } from '../lruCache.ts';
import { conditionVariables } from './conditions.ts';

interface Known<Planned> {
  text: string;
  /** The variables that decide what is planned. */
  deciding: readonly string[];
  plans: Map<string, Planned>;
}

/** A document with many conditions has plans beyond these; they are found by its text. */
const plansPerDocument = 64;

/** Keeps plans by document, operation name and the values of the variables that decide `@skip` and `@include`. */
export class PlanCache<Planned> {
  readonly #plans = new LruCache<Planned>(1000);
  /** What is known of documents that were parsed once and come again as the same object. */
  readonly #documents = new WeakMap<DocumentNode, Known<Planned>>();

  /** `make` gets the key of the plan. */
  get({ document, operationName, variables }: Operation, make: (key: string) => Planned): Planned {
    const known = this.#documents.get(document) ?? this.#remember(document);
    let choice = operationName ?? '';
    for (const name of known.deciding) choice += variables[name] === true ? ' 1' : ' 0';
    const found = known.plans.get(choice);
    if (found) return found;
    const key = `${choice} ${known.text}`;
    const planned = this.#plans.get(key, () => make(key));
    if (known.plans.size < plansPerDocument) known.plans.set(choice, planned);
    return planned;
  }

  #remember(document: DocumentNode): Known<Planned> {
    const text = stripIgnoredCharacters(print(document));
    const known: Known<Planned> = { text, deciding: conditionVariables(document), plans: new Map() };
    this.#documents.set(document, known);
    return known;
  }
}
