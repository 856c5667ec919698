import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a Markdown file. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

export interface MarkdownFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Every Markdown file of the repository that is ours. */
export function markdownFiles(): MarkdownFile[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  const others = ['clients/typescript/README.md', 'schema/CHANGES.md'];
  return [...top, ...docs.map((name) => join('docs', name)), ...others].map(readMarkdown);
}

export function readMarkdown(path: string): MarkdownFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, inside]) => ({
    language: language as string,
    text: inside as string,
  }));
  return { path, text, blocks };
}

export function blocksOf(file: MarkdownFile, language: string): string[] {
  return file.blocks.filter((block) => block.language === language).map((block) => block.text);
}

/** The targets of links into the repository, relative to it; anchors alone are links to the file itself. */
export function repositoryLinks({ path, text }: MarkdownFile): { target: string; anchor: string }[] {
  const outside = text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');
  return [...outside.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link as string)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [target, anchor = ''] = link.split('#') as [string, string?];
      return { target: target === '' ? path : relative(ROOT, join(ROOT, dirname(path), target)), anchor };
    });
}

/** The anchors that GitHub gives the headings of a Markdown file. */
export function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
