import { createHash } from 'node:crypto';
import { type DocumentNode, valueFromASTUntyped, visit } from 'graphql';
import { directivesIn } from '../../../supergraph/directives.ts';
import type { Operation } from '../../execution.ts';

/** Whether a label of a progressive `@override` that is no percentage is on for an operation; a number: for this percentage of all. */
export type IsLabelOn = (label: string, operation: Operation) => boolean | number;

/** The labels of a supergraph's progressive overrides, by the names of the fields that have one. */
export class OverrideLabels {
  readonly #byField = new Map<string, Set<string>>();
  readonly #isOn: IsLabelOn;

  constructor(supergraph: DocumentNode, isOn: IsLabelOn = () => false) {
    this.#isOn = isOn;
    for (const { field, directive } of directivesIn(supergraph)) {
      const label = directive.arguments?.find((argument) => argument.name.value === 'overrideLabel');
      if (field === undefined || directive.name.value !== 'join__field' || !label) continue;
      const labels = this.#byField.get(field) ?? new Set();
      this.#byField.set(field, labels.add(String(valueFromASTUntyped(label.value))));
    }
  }

  /** The labels that may decide how a document is planned: those of all fields of these names. */
  labelsOf(document: DocumentNode): readonly string[] {
    if (this.#byField.size === 0) return [];
    const found = new Set<string>();
    visit(document, {
      Field: ({ name }) => {
        for (const label of this.#byField.get(name.value) ?? []) found.add(label);
      },
    });
    return [...found].sort();
  }

  /**
   * The labels among these that are on for one operation. A percentage is taken of the hash of the operation and of who asks, so that a user
   * stays where they are; of the request where nobody is signed in.
   */
  chosen(labels: readonly string[], operation: Operation, text: string): ReadonlySet<string> {
    if (labels.length === 0) return new Set();
    const { viewer, requestId } = operation.caller;
    const who = viewer ? `viewer ${viewer.id}` : `request ${requestId}`;
    const digest = createHash('sha256').update(`${who} ${text}`).digest();
    const share = (digest.readUInt32BE(0) / 2 ** 32) * 100;
    const isOn = (label: string) => {
      const percent = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label)?.[1];
      const on = percent === undefined ? this.#isOn(label, operation) : Number(percent);
      return typeof on === 'number' ? share < on : on;
    };
    return new Set(labels.filter(isOn));
  }
}
