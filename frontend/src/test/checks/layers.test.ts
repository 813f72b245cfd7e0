import ts from 'typescript';
import { expect, it } from 'vitest';
import { readSources, visit } from './sources';

/** What each layer may import besides itself; everything may import types. */
const MAY: Record<string, string[]> = {
  pages: ['components', 'hooks', 'services', 'stores', 'utils', 'i18n', 'api'],
  components: ['hooks', 'services', 'stores', 'utils', 'i18n', 'api'],
  hooks: ['services', 'stores', 'utils', 'i18n', 'api'],
  services: ['stores', 'utils', 'api', 'i18n'],
  stores: ['utils', 'i18n'],
  i18n: ['stores', 'utils'],
  utils: ['i18n'],
  api: [],
  types: ['api'],
};

it('imports point one way: pages, components, hooks, services, stores, utils', () => {
  const wrong: string[] = [];
  for (const [name, file] of readSources()) {
    const layer = name.includes('/') ? (name.split('/')[0] ?? '') : null;
    if (!layer) continue;
    visit(file, (node) => {
      if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return;
      const target = /^@\/([^/]+)/.exec(node.moduleSpecifier.text)?.[1];
      if (!target || target === layer || target === 'types') return;
      if (!MAY[layer]?.includes(target)) wrong.push(`${name} -> ${node.moduleSpecifier.text}`);
    });
  }

  expect(wrong).toEqual([]);
});

it('no file is longer than 450 lines', () => {
  const long = [...readSources()].filter(([, file]) => file.getLineStarts().length > 450);

  expect(long.map(([name]) => name)).toEqual([]);
});
