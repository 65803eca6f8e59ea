import { type Document, type Node, type Scalar, isScalar, visit } from 'yaml';
import type { Environment } from '../../shared/process/environment.ts';

const variable = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in the texts below a node. What becomes a number or a truth value is one; a variable can
 * never become more than one value. Tells of each variable that is not set.
 */
export function expand(
  document: Document,
  below: Node,
  environment: Environment,
  missing: (name: string, at: Scalar) => void,
): void {
  visit(document, {
    Node(_, node, path) {
      if (!isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
      if (node !== below && !path.includes(below as never)) return;
      const expanded = node.value.replace(variable, (_whole, name: string, otherwise: string | undefined) => {
        // Empty counts as unset, as compose files and shells have it with `:-`.
        const value = environment[name] || otherwise;
        if (value === undefined) missing(name, node);
        return value ?? '';
      });
      node.value = expanded === node.value ? expanded : meant(expanded);
    },
  });
}

/** A number or a truth value, if writing it gives the same text again; quotes around a variable change nothing. */
function meant(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d/.test(text) && String(Number(text)) === text ? Number(text) : text;
}
