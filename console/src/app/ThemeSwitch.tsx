import { Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from '../kit/IconButton';
import { Menu } from '../kit/Menu';
import { chooseTheme, useTheme, type Theme } from './theme';

const THEMES: { theme: Theme; label: string; icon: typeof Sun }[] = [
  { theme: 'system', label: 'As the system', icon: Monitor },
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
];

export function ThemeSwitch() {
  const { chosen, isDark } = useTheme();
  return (
    <Menu
      trigger={<IconButton label="Theme" icon={isDark ? <Moon /> : <Sun />} />}
      items={THEMES.map(({ theme, label, icon: Icon }) => ({
        label,
        icon: <Icon />,
        isChosen: theme === chosen,
        onSelect: () => chooseTheme(theme),
      }))}
    />
  );
}
