// A few words about a control. Never the only place where something is said: touch has no hover.
import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import style from './Tooltip.module.css';

interface TooltipProps {
  text: ReactNode;
  /** Gets the tooltip; must be able to have the focus. */
  children: ReactElement<Record<string, unknown>>;
}

export function Tooltip({ text, children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} delay={400} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className={style.positioner}>
          <Base.Popup className={style.popup}>{text}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
