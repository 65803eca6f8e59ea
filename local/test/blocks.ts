import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** What a page shows to be copied. */
export interface Block {
  page: string;
  line: number;
  /** As the fence says it: `sh`, `graphql`, and empty where it says nothing. */
  language: string;
  content: string;
}

/** Every page that is written for whoever uses or changes this. */
export const pages: readonly string[] = globSync(['*.md', 'docs/*.md', 'guests/*.md'], { cwd: root }).sort();

/** The fenced blocks of a page and, as blocks of their own, the commands and operations within its sentences. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found: Block[] = [];
  const prose = text.replace(
    /^```(\S*).*\n([^]*?)^```$/gm,
    (all, language: string, content: string, offset: number) => {
      found.push({ page, line: lineAt(text, offset), language, content });
      return all.replace(/[^\n]/g, ' ');
    },
  );
  for (const { 1: content, index } of prose.matchAll(/`((?:curl|mutation|query|subscription) [^`]+)`/g))
    found.push({
      page,
      line: lineAt(text, index),
      language: /^curl/.test(content!) ? 'sh' : 'graphql',
      content: content!,
    });
  return found.sort((one, other) => one.line - other.line);
}

const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length;
