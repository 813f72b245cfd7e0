// Prints the exported functions, hooks, components and stores of the web client as JSON, with the doc comment's
// first sentence: what scripts/gen.py makes the function index from.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const frontend = join(import.meta.dirname, '..', 'frontend');
const ts = createRequire(join(frontend, 'package.json'))('typescript');
const src = join(frontend, 'src');
const rows = [];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|\.gen\.|^test\//.test(name))
  .sort();

for (const name of files) {
  const file = ts.createSourceFile(name, readFileSync(join(src, name), 'utf8'), ts.ScriptTarget.Latest, true);
  for (const statement of file.statements) readStatement(`frontend/src/${name}`, statement);
  readInner(`frontend/src/${name}`, file);
}
process.stdout.write(JSON.stringify(rows));

function readStatement(path, statement) {
  if (!isExported(statement)) return;
  if (ts.isFunctionDeclaration(statement)) add(path, statement.name.text, statement, statement);
  else if (ts.isClassDeclaration(statement)) add(path, statement.name.text, statement, null);
  else if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) {
      const value = declaration.initializer;
      const callable = value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value) || ts.isCallExpression(value));
      if (callable) add(path, declaration.name.getText(), statement, ts.isArrowFunction(value) ? value : null);
    }
  } else if (ts.isInterfaceDeclaration(statement) && /(Store|Slice|Handlers|Loader|Manager|Selection)$/.test(statement.name.text)) {
    for (const member of statement.members) {
      const isFunction = member.type && ts.isFunctionTypeNode(member.type);
      if (isFunction && purposeOf(member)) add(path, `${statement.name.text}.${member.name.getText()}`, member, member.type);
    }
  }
}

// Handlers inside components and hooks that carry a doc comment.
function readInner(path, file) {
  const look = (node) => {
    if (ts.isVariableStatement(node) && node.parent !== file && purposeOf(node)) {
      const declaration = node.declarationList.declarations[0];
      const value = declaration.initializer;
      if (value && ts.isArrowFunction(value)) add(path, declaration.name.getText(), node, value);
    }
    ts.forEachChild(node, look);
  };
  look(file);
}

function add(path, name, documented, signature) {
  rows.push({
    path,
    name,
    purpose: purposeOf(documented),
    parameters: signature ? signature.parameters.map((parameter) => flat(parameter.name.getText())).join(', ') : '',
    returns: signature?.type ? flat(signature.type.getText()) : '',
  });
}

function purposeOf(node) {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = comments.length ? ts.getTextOfJSDocComment(comments[comments.length - 1].comment) ?? '' : '';
  return flat(text).split(/(?<=[.!?])\s/)[0] ?? '';
}

function isExported(statement) {
  return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
}

function flat(text) {
  return text.replace(/\s+/g, ' ').trim();
}
