// What the gateway says, as a sentence: names between backticks are code.

export function Sentence({ text }: { text: string }) {
  return sentence(text)
    .split('`')
    .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

/** The gateway's messages begin small and have no full stop. A name at the beginning stays as it is. */
export function sentence(text: string): string {
  const end = /[.!?…]$/.test(text) ? text : `${text}.`;
  return end.charAt(0).toUpperCase() + end.slice(1);
}
