// A menu of actions, opened by a button.
import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { classes } from './classes';
import style from './Menu.module.css';

export type MenuItem =
  | 'separator'
  | {
      label: string;
      icon?: ReactNode;
      /** Of several that exclude each other, the one that holds. Leave it out for actions. */
      isChosen?: boolean;
      isDangerous?: boolean;
      /** Why it cannot be done now. */
      disabledReason?: string;
      onSelect: () => void;
    };

interface MenuProps {
  /** The button. */
  trigger: ReactElement<Record<string, unknown>>;
  items: MenuItem[];
  /** What a group of choices is about. */
  label?: string;
}

export function Menu({ trigger, items, label }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} className={style.positioner}>
          <Base.Popup className={style.popup}>
            {label && (
              <p className={style.label} role="presentation">
                {label}
              </p>
            )}
            {items.map((item, index) => (item === 'separator' ? <Base.Separator key={index} className={style.separator} /> : <Item key={item.label} item={item} />))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Item({ item }: { item: Exclude<MenuItem, 'separator'> }) {
  const { label, icon, isChosen, isDangerous, disabledReason, onSelect } = item;
  const content = (
    <>
      <span className={style.icon}>{icon}</span>
      <span className={style.text}>
        {label}
        {disabledReason && <span className={style.reason}>{disabledReason}</span>}
      </span>
      {isChosen && <Check className={style.check} aria-hidden="true" />}
    </>
  );
  const className = classes(style.item, isDangerous && style.danger, icon === undefined && style.bare);
  if (isChosen === undefined) {
    return (
      <Base.Item className={className} disabled={disabledReason !== undefined} onClick={onSelect}>
        {content}
      </Base.Item>
    );
  }
  return (
    <Base.CheckboxItem className={className} checked={isChosen} closeOnClick disabled={disabledReason !== undefined} onCheckedChange={onSelect}>
      {content}
    </Base.CheckboxItem>
  );
}
