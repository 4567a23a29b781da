// A dialog above the page. The page stays as it is.
import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { X } from 'lucide-react';
import { classes } from './classes';
import { IconButton } from './IconButton';
import style from './Dialog.module.css';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the one that does it last. */
  actions?: ReactNode;
  size?: 'normal' | 'wide';
  /** A dialog that has to be answered has no cross, and stays when one clicks beside it. */
  mustAnswer?: boolean;
}

export function Dialog({ isOpen, onClose, title, description, children, actions, size = 'normal', mustAnswer = false }: DialogProps) {
  return (
    <Base.Root
      open={isOpen}
      disablePointerDismissal={mustAnswer}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={style.backdrop} />
        <Base.Popup className={classes(style.popup, style[size])}>
          <div className={style.head}>
            <Base.Title className={style.title}>{title}</Base.Title>
            {!mustAnswer && <IconButton label="Close" icon={<X />} onClick={onClose} />}
          </div>
          {description && <Base.Description className={style.description}>{description}</Base.Description>}
          {children && <div className={style.body}>{children}</div>}
          {actions && <div className={style.actions}>{actions}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
