// As whom the API page asks. Everything else in the console is done as the administrator.
import { LogOut, UserRound } from 'lucide-react';
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Menu, type MenuItem } from '../../kit/Menu';
import { TextField } from '../../kit/TextField';
import { playRole, signOut, useSession, type SessionVariable } from './session';
import { VariableTable } from './VariableTable';
import style from './RoleSwitch.module.css';

export function RoleSwitch() {
  const { role, secret, variables } = useSession();
  const { data } = useAsk('get_overview', {});
  const [isOpen, setIsOpen] = useState(false);
  const roles = ['admin', ...(data?.roles ?? []).filter((name) => name !== 'admin')];
  const items: MenuItem[] = [
    ...roles.map((name) => ({ label: name, isChosen: name === role, onSelect: () => playRole(name, variables) })),
    'separator',
    { label: 'Other role or session variables…', icon: <UserRound />, onSelect: () => setIsOpen(true) },
  ];
  if (secret !== null) items.push({ label: 'Sign out', icon: <LogOut />, onSelect: signOut });
  return (
    <>
      <Menu
        label="Role on the API page"
        trigger={
          <Button kind="quiet" icon={<UserRound />} className={style.trigger} aria-label={`As ${role}, role on the API page`}>
            <span className={style.text}>
              as <strong>{role}</strong>
            </span>
          </Button>
        }
        items={items}
      />
      {isOpen && <RoleDialog onClose={() => setIsOpen(false)} />}
    </>
  );
}

function RoleDialog({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const [role, setRole] = useState(session.role);
  const [variables, setVariables] = useState<SessionVariable[]>(session.variables);
  const apply = () => {
    playRole(role.trim() || 'admin', variables.filter(({ name }) => name.trim() !== ''));
    onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Role on the API page"
      description="Operations on the API page are sent as this role. The rest of the console always acts as the administrator."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={apply}>
            Apply
          </Button>
        </>
      }
    >
      <TextField label="Role" isCode value={role} onChange={setRole} />
      <VariableTable variables={variables} onChange={setVariables} />
    </Dialog>
  );
}
