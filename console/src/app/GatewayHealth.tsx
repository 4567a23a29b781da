// How the remote schemas do, in the top bar.
import { Link } from '@tanstack/react-router';
import { useAsk } from '../api/ask';
import { useConnection } from '../api/events';
import { HealthPill } from '../kit/HealthPill';
import style from './GatewayHealth.module.css';

export function GatewayHealth() {
  const { data } = useAsk('get_overview', {});
  const { isLost } = useConnection();
  if (isLost) return <HealthPill state="bad" label="not answering" />;
  if (!data) return null;
  const broken = data.remote_schemas.filter(({ health }) => health !== 'healthy').length;
  const healthy = data.remote_schemas.length - broken;
  if (data.remote_schemas.length === 0) return <HealthPill state="none" label="no remote schemas" />;
  const words = [healthy > 0 && `${healthy} healthy`, broken > 0 && `${broken} broken`].filter(Boolean).join(', ');
  return (
    <Link to="/metadata/$tab" params={{ tab: 'status' }} className={style.link}>
      <HealthPill state={broken > 0 ? 'warn' : data.is_consistent ? 'ok' : 'warn'} label={words} />
    </Link>
  );
}
