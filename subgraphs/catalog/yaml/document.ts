import { type Document, type Node, Lexer, LineCounter, type YAMLError, parseDocument, visit } from 'yaml';
import { Refusal } from '../../../shared/errors.ts';
import { more, rest, toldAtMost } from '../refusals.ts';

/** YAML as somebody sent it, before anything is known of quests: bounded, and refused in our own words. */
export interface Yaml {
  document: Document;
  /** Of a place in the text. */
  lineOf(offset: number | undefined): number;
}

export interface Fault {
  line: number;
  message: string;
}

/** Of one import; an export is cut into parts of this size. */
export const largestBytes = 1024 * 1024;
/** A quest needs eight. */
const deepest = 20;
const widestIndent = 200;

/** Throws BAD_USER_INPUT for what is no YAML, is too large or too deep, or grows when it is read. */
export function readYaml(sent: string): Yaml {
  if (Buffer.byteLength(sent) > largestBytes)
    throw new Refusal('BAD_USER_INPUT', `The YAML is larger than ${largestBytes} bytes. Import it in parts.`);
  // Some editors put a byte order mark before it.
  const text = sent.replace(/^\uFEFF/, '');
  refuseAll(depths(text));
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineOf = (offset: number | undefined) => counter.linePos(offset ?? 0).line;
  refuseAll(
    [...document.errors, ...document.warnings].map((error) => ({
      line: lineOf(error.pos[0]),
      message: inWords(error),
    })),
  );
  refuseAll(expansions(document, lineOf));
  return { document, lineOf };
}

/** The parser calls itself for each level, so that what is nested too deeply has to be found before it is parsed. */
function depths(text: string): Fault[] {
  let [offset, brackets, indicators] = [0, 0, 0];
  let isScalar = false;
  let isLineStart = true;
  for (const token of new Lexer().lex(text)) {
    // Marks of the lexer's own: a document begins, a scalar follows, a flow collection has no end.
    if (token === '\u0002' || token === '\u001f' || token === '\u0018') {
      isScalar = token === '\u001f';
      continue;
    }
    if (!isScalar) {
      if (token === '[' || token === '{') brackets++;
      else if (token === ']' || token === '}') brackets--;
      else if (token === '-' || token === '?') indicators++;
    }
    const isIndent = isLineStart && /^ +$/.test(token) && token.length > widestIndent;
    if (brackets > deepest || indicators > deepest || isIndent)
      return [{ line: text.slice(0, offset).split('\n').length, message: 'This is nested too deeply.' }];
    isLineStart = token.endsWith('\n');
    if (isLineStart) indicators = 0;
    offset += token.length;
    isScalar = false;
  }
  return [];
}

/** Anchors, aliases and tags make a small text large or something other than it looks; a list of quests needs none. */
function expansions(document: Document, lineOf: Yaml['lineOf']): Fault[] {
  const found: Fault[] = [];
  const note = (node: Node) =>
    found.push({ line: lineOf(node.range?.[0]), message: 'Anchors, aliases and tags are not accepted.' });
  visit(document, {
    Alias: (_, node) => void note(node),
    Value: (_, node) => void ((node.anchor || node.tag) && note(node)),
  });
  return found;
}

const sentences: Partial<Record<YAMLError['code'], string>> = {
  BAD_INDENT: 'it is not indented like its neighbours',
  TAB_AS_INDENT: 'it is indented with a tab; use blanks',
  DUPLICATE_KEY: 'this key is there already',
  MISSING_CHAR: 'a bracket, quote, comma or colon is missing',
  UNEXPECTED_TOKEN: 'something stands here that does not belong here',
  MULTIPLE_DOCS: 'a second document begins here',
  BAD_DQ_ESCAPE: 'this is no escape within double quotes',
  BAD_SCALAR_START: 'text that begins with this sign needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key has two values on one line',
  BLOCK_IN_FLOW: 'a list by lines stands within brackets',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines',
  KEY_OVER_1024_CHARS: 'this key is too long',
  NON_STRING_KEY: 'this key is no text',
  ALIAS_PROPS: 'anchors, aliases and tags are not accepted',
  BAD_ALIAS: 'anchors, aliases and tags are not accepted',
  MULTIPLE_ANCHORS: 'anchors, aliases and tags are not accepted',
  MULTIPLE_TAGS: 'anchors, aliases and tags are not accepted',
  TAG_RESOLVE_FAILED: 'anchors, aliases and tags are not accepted',
};

const inWords = ({ code }: YAMLError) => `This is not YAML: ${sentences[code] ?? 'it cannot be read'}.`;

export function refuseAll(faults: readonly Fault[]): void {
  if (faults.length > 0) throw refusalOf(faults);
}

export function refusalOf(faults: readonly Fault[]): Refusal {
  const told = [...faults].sort((one, other) => one.line - other.line).slice(0, toldAtMost);
  const lines = told.map((fault) => `Line ${fault.line}: ${fault.message}`);
  const message = [...lines, ...more(faults.length)].join('\n');
  return new Refusal('BAD_USER_INPUT', message, { faults: told, ...rest(faults.length) });
}
