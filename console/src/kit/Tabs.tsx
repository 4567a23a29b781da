// Tabs within a part of a page, when which one is open is nothing to share. Pages have `LinkTabs`.
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { classes } from './classes';
import tabs from './LinkTabs.module.css';
import style from './Tabs.module.css';

interface Tab<Id extends string> {
  id: Id;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps<Id extends string> {
  label: string;
  tabs: Tab<Id>[];
  value?: Id;
  onChange?: (id: Id) => void;
  className?: string;
}

export function Tabs<Id extends string>({ label, tabs: all, value, onChange, className }: TabsProps<Id>) {
  return (
    <Base.Root className={classes(style.root, className)} defaultValue={value ?? all[0]?.id} value={value} onValueChange={(id: Id) => onChange?.(id)}>
      <Base.List aria-label={label} className={classes(tabs.tabs, style.list)}>
        {all.map(({ id, label }) => (
          <Base.Tab key={id} value={id} className={tabs.tab}>
            {label}
          </Base.Tab>
        ))}
      </Base.List>
      {all.map(({ id, content }) => (
        <Base.Panel key={id} value={id} className={style.panel}>
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
