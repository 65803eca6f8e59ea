import { parse } from 'graphql';
import { isCode } from '../../shared/errors.ts';
import { excess, limits } from '../limits/limits.ts';

const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (depth: number) => '{ a '.repeat(depth) + '}'.repeat(depth);
const codeOf = (query: string) => excess(parse(query))?.code;

test.each([
  ['depth', nested(limits.depth), nested(limits.depth + 1), 'MAX_DEPTH_LIMIT'],
  [
    'depth through inline fragments',
    `{ ... { ... ${nested(limits.depth)} } }`,
    `{ ... ${nested(limits.depth + 1)} }`,
    'MAX_DEPTH_LIMIT',
  ],
  [
    'depth through named fragments',
    `{ a { ...F } } fragment F on T ${nested(limits.depth - 1)}`,
    `{ a { ...F } } fragment F on T ${nested(limits.depth)}`,
    'MAX_DEPTH_LIMIT',
  ],
  [
    'aliases',
    `{ a { ${repeat(limits.aliases, (i) => `a${i}: b`)} } }`,
    `{ a { ${repeat(limits.aliases + 1, (i) => `a${i}: b`)} } }`,
    'MAX_ALIASES_LIMIT',
  ],
  [
    'root fields',
    `{ ${repeat(limits.rootFields, () => 'a')} }`,
    `{ ${repeat(limits.rootFields + 1, () => 'a')} }`,
    'MAX_ROOT_FIELDS_LIMIT',
  ],
  [
    'root fields in fragments',
    `{ ...F } fragment F on T { ${repeat(limits.rootFields, () => 'a')} }`,
    `{ a ...F } fragment F on T { ${repeat(limits.rootFields, () => 'a')} }`,
    'MAX_ROOT_FIELDS_LIMIT',
  ],
  [
    'directives',
    `{ a { ${repeat(limits.directives, () => 'b @c')} } }`,
    `{ a { ${repeat(limits.directives + 1, () => 'b @c')} } }`,
    'MAX_DIRECTIVES_LIMIT',
  ],
  [
    'fields',
    `{ a { ${repeat(limits.height - 1, () => 'b')} } }`,
    `{ a { ${repeat(limits.height, () => 'b')} } }`,
    'MAX_HEIGHT_LIMIT',
  ],
])('%s: the limit passes, one more does not', (_, within, beyond, code) => {
  expect(isCode(code)).toBe(true);
  expect(codeOf(within)).toBeUndefined();
  expect(codeOf(beyond)).toBe(code);
});

test('fragments that double each other thirty times are counted without being unfolded', () => {
  const doubling = repeat(30, (i) => `fragment F${i} on T { a: b { ...F${i + 1} } c: b { ...F${i + 1} } }`);
  expect(codeOf(`{ ...F0 } ${doubling} fragment F30 on T { d }`)).toBe('QUERY_TOO_COMPLEX');
  const flat = repeat(30, (i) => `fragment F${i} on T { ...F${i + 1} ... { ...F${i + 1} } }`);
  expect(codeOf(`{ b { ...F0 } } ${flat} fragment F30 on T { x: d }`)).toBe('QUERY_TOO_COMPLEX');
});

test('fragments that spread each other in a circle are left to validation', () => {
  expect(codeOf('{ ...A } fragment A on T { ...B } fragment B on T { ...A }')).toBeUndefined();
});

test('introspection has a depth of its own', () => {
  expect(codeOf(`{ __schema ${nested(limits.depth + 5)} }`)).toBeUndefined();
});

test('__typename is no root field, since it costs nothing', () => {
  expect(codeOf(`{ ${repeat(limits.rootFields + 1, () => '__typename')} }`)).toBeUndefined();
});
