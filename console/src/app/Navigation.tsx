import { Link, type LinkProps } from '@tanstack/react-router';
import { Activity, Braces, FileCog, LayoutDashboard, Network, Plug, Settings, ShieldCheck, type LucideIcon } from 'lucide-react';
import style from './Navigation.module.css';

interface Room extends Pick<LinkProps, 'to' | 'params'> {
  label: string;
  Icon: LucideIcon;
}

const ROOMS: { title: string | null; rooms: Room[] }[] = [
  {
    title: null,
    rooms: [
      { label: 'Overview', to: '/', Icon: LayoutDashboard },
      { label: 'Remote Schemas', to: '/schemas', Icon: Plug },
      { label: 'Graph', to: '/graph', Icon: Network },
      { label: 'API', to: '/api', Icon: Braces },
    ],
  },
  { title: 'Observe', rooms: [{ label: 'Traces', to: '/traces', Icon: Activity }] },
  {
    title: 'Govern',
    rooms: [
      { label: 'Permissions', to: '/permissions', Icon: ShieldCheck },
      { label: 'Metadata', to: '/metadata', Icon: FileCog },
    ],
  },
];

const SETTINGS: Room = { label: 'Settings', to: '/settings', Icon: Settings };

export function Navigation() {
  return (
    <nav aria-label="Console" className={style.navigation}>
      {ROOMS.map(({ title, rooms }) => (
        <div key={title} className={style.group}>
          {title && <p className={style.title}>{title}</p>}
          {rooms.map((room) => (
            <RoomLink key={room.label} {...room} />
          ))}
        </div>
      ))}
      <div className={style.last}>
        <RoomLink {...SETTINGS} />
      </div>
    </nav>
  );
}

function RoomLink({ label, Icon, ...link }: Room) {
  return (
    <Link
      {...link}
      className={style.link}
      title={label}
      activeProps={{ 'aria-current': 'page' }}
      activeOptions={{ exact: link.to === '/', includeSearch: false }}
    >
      <Icon aria-hidden="true" />
      <span className={style.label}>{label}</span>
    </Link>
  );
}
