// How an operation ended, as a word with an icon.
import { CircleAlert, CircleCheck, CircleSlash } from 'lucide-react';
import type { TraceOutcome } from '../../api/api';
import { Badge, type BadgeTone } from '../../kit/Badge';

const OUTCOMES: Record<TraceOutcome, { tone: BadgeTone; label: string; Icon: typeof CircleCheck }> = {
  ok: { tone: 'ok', label: 'ok', Icon: CircleCheck },
  partial: { tone: 'warn', label: 'data and errors', Icon: CircleSlash },
  error: { tone: 'bad', label: 'error', Icon: CircleAlert },
};

export function Outcome({ outcome }: { outcome: TraceOutcome }) {
  const { tone, label, Icon } = OUTCOMES[outcome];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" />}>
      {label}
    </Badge>
  );
}
