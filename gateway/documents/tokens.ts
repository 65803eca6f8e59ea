import { type DocumentNode, TokenKind } from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import { limits } from '../limits/limits.ts';
import { tooDeep } from '../limits/nesting.ts';

/** What is refused for how it is written, before anything walks the document: values nested too deeply, and the name `__proto__`. */
export function refusedToken({ loc }: DocumentNode): Refusal | undefined {
  let isInParentheses = false;
  let depth = 0;
  for (let token = loc!.startToken.next; token; token = token.next)
    switch (token.kind) {
      case TokenKind.PAREN_L:
        [isInParentheses, depth] = [true, 0];
        break;
      case TokenKind.PAREN_R:
        isInParentheses = false;
        break;
      case TokenKind.BRACE_L:
      case TokenKind.BRACKET_L:
        if (isInParentheses && ++depth > limits.jsonDepth) return tooDeep();
        break;
      case TokenKind.BRACE_R:
      case TokenKind.BRACKET_R:
        depth--;
        break;
      case TokenKind.NAME:
        // Answers are merged key by key, and this is the one key that no JavaScript object keeps as data.
        if (token.value === '__proto__')
          return new Refusal('GRAPHQL_VALIDATION_FAILED', 'The name __proto__ cannot be used here.');
    }
  return undefined;
}
