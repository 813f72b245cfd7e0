import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const SRC = join(import.meta.dirname, '..', '..');

/** Return the product's own source files (no tests, nothing generated), parsed, by path below `src`. */
export function readSources(): Map<string, ts.SourceFile> {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
  const wanted = names.filter(
    (name) => /\.tsx?$/.test(name) && !/\.test\.|\.gen\.|^test[\\/]/.test(relative('.', name)),
  );
  return new Map(
    wanted.map((name) => {
      const text = readFileSync(join(SRC, name), 'utf8');
      return [name.replaceAll('\\', '/'), ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)];
    }),
  );
}

export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}
