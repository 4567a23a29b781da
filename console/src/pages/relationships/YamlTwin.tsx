// The relationship as text, for those who would rather write it. What is right goes into the form at once; what is not yet stays as it is typed.
import { useState } from 'react';
import { parse, stringify } from 'yaml';
import { CodeEditor } from '../../kit/CodeEditor';
import { useFormState } from './FormState';
import { formOf, relationshipOf } from './mapping';

export default function YamlTwin() {
  const { form, change } = useFormState();
  const [text, setText] = useState(() => stringify(relationshipOf(form)));
  const [flaw, setFlaw] = useState<string | null>(null);
  const read = (text: string) => {
    setText(text);
    const outcome = formOfYaml(text);
    setFlaw(typeof outcome === 'string' ? outcome : null);
    if (typeof outcome !== 'string') change(() => outcome);
  };
  return <CodeEditor label="The relationship as YAML" language="yaml" height={420} value={text} onChange={read} error={flaw} />;
}

function formOfYaml(text: string) {
  try {
    return formOf(parse(text));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
