import { Link } from '@tanstack/react-router';
import { GatewayHealth } from './GatewayHealth';
import { JumpBox } from './JumpBox';
import { RoleSwitch } from './session/RoleSwitch';
import { ThemeSwitch } from './ThemeSwitch';
import style from './TopBar.module.css';

export function TopBar() {
  return (
    <header className={style.bar}>
      <Link to="/" className={style.brand} aria-label="Conjoin, overview">
        <Mark />
        <span className={style.name}>Conjoin</span>
      </Link>
      <GatewayHealth />
      <div className={style.middle}>
        <JumpBox />
      </div>
      <RoleSwitch />
      <ThemeSwitch />
    </header>
  );
}

/** Two lines that become one. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" className={style.mark} aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M9 9c8 0 6 14 14 14M9 23c3.4 0 5-2.5 6.2-5M23 9c-3.4 0-5 2.5-6.2 5" />
      <circle cx="8.5" cy="9" r="2.8" />
      <circle cx="8.5" cy="23" r="2.8" />
      <circle cx="23.5" cy="9" r="2.8" />
      <circle cx="23.5" cy="23" r="2.8" />
    </svg>
  );
}
