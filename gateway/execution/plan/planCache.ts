import { type DocumentNode, print, stripIgnoredCharacters } from 'graphql';
import type { Operation } from '../execution.ts';
import { LruCache } from '../../../shared/lruCache.ts';

/** What is known of a document, whoever sends it. */
export interface KnownDocument {
  /** Without what does not matter. */
  text: string;
  /** Whatever but the document decides how it is planned: equal for operations that have the same plan. */
  choiceOf(operation: Operation): string;
}

/** A document with many choices has plans beyond these; they are found by its text. */
const plansPerDocument = 64;

/** Keeps plans by document and choice. */
export class PlanCache<Planned> {
  readonly #plans = new LruCache<Planned>(1000);
  /** What is known of documents that were parsed once and come again as the same object. */
  readonly #documents = new WeakMap<DocumentNode, KnownDocument & { plans: Map<string, Planned> }>();
  readonly #choices: (document: DocumentNode, text: string) => KnownDocument['choiceOf'];

  /** `choices` is asked once for each document. */
  constructor(choices: (document: DocumentNode, text: string) => KnownDocument['choiceOf']) {
    this.#choices = choices;
  }

  /** `make` gets the key of the plan, and the text of the document. */
  get(operation: Operation, make: (key: string, text: string) => Planned): Planned {
    const { document } = operation;
    const known = this.#documents.get(document) ?? this.#remember(document);
    const choice = known.choiceOf(operation);
    const found = known.plans.get(choice);
    if (found) return found;
    const key = `${choice} ${known.text}`;
    const planned = this.#plans.get(key, () => make(key, known.text));
    if (known.plans.size < plansPerDocument) known.plans.set(choice, planned);
    return planned;
  }

  /** The plans that were made last, the newest last. */
  newest(count: number): Planned[] {
    return this.#plans.newest(count);
  }

  #remember(document: DocumentNode) {
    const text = stripIgnoredCharacters(print(document));
    const known = { text, choiceOf: this.#choices(document, text), plans: new Map<string, Planned>() };
    this.#documents.set(document, known);
    return known;
  }
}
