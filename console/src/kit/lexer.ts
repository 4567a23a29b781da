// Colours for code that is only read. Knows just enough of each language to be pleasant; the editor knows the rest.

export type CodeLanguage = 'graphql' | 'json' | 'yaml' | 'shell' | 'text';
export type TokenKind = 'keyword' | 'type' | 'string' | 'number' | 'variable' | 'comment' | 'plain';

export interface Token {
  kind: TokenKind;
  text: string;
}

type Rule = [TokenKind, RegExp];

const GRAPHQL_KEYWORDS =
  /\b(?:query|mutation|subscription|fragment|on|type|interface|union|enum|input|scalar|schema|directive|extend|implements|repeatable|true|false|null)\b/y;

const RULES: Record<CodeLanguage, Rule[]> = {
  graphql: [
    ['comment', /#[^\n]*/y],
    ['string', /"""[\s\S]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*"?/y],
    ['variable', /[$@][A-Za-z_]\w*/y],
    ['keyword', GRAPHQL_KEYWORDS],
    ['type', /\b[A-Z]\w*/y],
    ['plain', /[A-Za-z_]\w*/y],
    ['number', /-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/y],
  ],
  json: [
    ['variable', /"(?:[^"\\\n]|\\.)*"(?=\s*:)/y],
    ['string', /"(?:[^"\\\n]|\\.)*"?/y],
    ['keyword', /\b(?:true|false|null)\b/y],
    ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ],
  yaml: [
    ['comment', /(?<=^|\s)#[^\n]*/my],
    ['variable', /(?:"[^"\n]*"|'[^'\n]*'|[\w$./][^\s:#]*(?: [^\s:#]+)*)(?=:(?:\s|$))/my],
    ['string', /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\n]|'')*'?/y],
    ['keyword', /(?<=[\s[,:])(?:true|false|null|~)(?=[\s,\]}]|$)/my],
    ['number', /(?<=[\s[,:])-?\d+(?:\.\d+)?(?=[\s,\]}]|$)/my],
    ['plain', /[^\s"'#[\]{},]+/y],
  ],
  shell: [
    ['comment', /(?<=^|\s)#[^\n]*/my],
    ['string', /"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?/y],
    ['variable', /\$\{?\w+\}?/y],
    ['type', /(?<=\s)--?[A-Za-z][\w-]*/y],
    ['keyword', /(?<=^|[|;&]\s*)[\w./-]+/my],
    ['plain', /[^\s"'$|;&]+/y],
  ],
  text: [],
};

/** The tokens of a text; put together they are that text. */
export function tokens(text: string, language: CodeLanguage): Token[] {
  const found: Token[] = [];
  const push = (kind: TokenKind, text: string) => {
    const last = found.at(-1);
    if (last?.kind === kind) last.text += text;
    else found.push({ kind, text });
  };
  let at = 0;
  while (at < text.length) {
    const match = first(RULES[language], text, at) ?? { kind: 'plain' as const, text: text.charAt(at) };
    push(match.kind, match.text);
    at += match.text.length;
  }
  return found;
}

function first(rules: Rule[], text: string, at: number): Token | null {
  for (const [kind, rule] of rules) {
    rule.lastIndex = at;
    const found = rule.exec(text)?.[0];
    if (found) return { kind, text: found };
  }
  return null;
}
