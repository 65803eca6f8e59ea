import { type ASTVisitor, GraphQLError, Kind, type ValidationContext } from 'graphql';

/** Labels of deferred fragments tell them apart: each is written in the document, and no two are equal (Incremental Delivery, 5.7). */
export function DeferRule(context: ValidationContext): ASTVisitor {
  const labels = new Set<string>();
  return {
    Directive(node) {
      if (node.name.value !== 'defer') return;
      const label = node.arguments?.find(({ name }) => name.value === 'label')?.value;
      if (!label || label.kind === Kind.NULL) return;
      const refuse = (message: string) => context.reportError(new GraphQLError(message, { nodes: node }));
      if (label.kind !== Kind.STRING) refuse('The label of @defer must be text, and no variable.');
      else if (labels.has(label.value)) refuse('Two fragments are deferred under one label.');
      else labels.add(label.value);
    },
  };
}
