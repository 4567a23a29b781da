// What is around every page: the bar at the top, the navigation at the left, and news about the connection.
import { Outlet } from '@tanstack/react-router';
import { useRef } from 'react';
import { Navigation } from './Navigation';
import { Notices } from './Notices';
import { TopBar } from './TopBar';
import style from './Shell.module.css';

export function Shell() {
  const main = useRef<HTMLElement>(null);
  return (
    <div className={style.shell}>
      {/* A link to `#main` would lead to the address in `<base>`. */}
      <button type="button" className={style.skip} onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <TopBar />
      <Navigation />
      <main ref={main} tabIndex={-1} className={style.main}>
        <Notices />
        <div className={style.page}>
          <Outlet />
        </div>
      </main>
    </div>
  );
}
