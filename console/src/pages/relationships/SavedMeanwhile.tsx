// Somebody else has saved or removed the relationship that is being edited: nobody's work is overwritten unseen.
import { Button } from '../../kit/Button';
import { DiffView } from '../../kit/DiffView';
import { FailurePanel } from '../../kit/ErrorPanel';
import { relationshipOf, type RelationshipForm } from './mapping';

interface SavedMeanwhileProps {
  /** What is saved now; null when it was removed. */
  theirs: RelationshipForm | null;
  mine: RelationshipForm;
  onKeep: () => void;
  onTake: (theirs: RelationshipForm) => void;
}

export function SavedMeanwhile({ theirs, mine, onKeep, onTake }: SavedMeanwhileProps) {
  const what = theirs
    ? { done: 'saved', message: 'What you see is yours; what is saved is another one. Saving puts yours in its place.' }
    : { done: 'removed', message: 'What you see is yours, and it is not saved any more. Saving adds it anew.' };
  return (
    <>
      <FailurePanel
        title={`Somebody else has ${what.done} this relationship meanwhile`}
        code="conflict"
        message={what.message}
        actions={
          <>
            <Button size="small" onClick={onKeep}>
              Keep mine
            </Button>
            {theirs && (
              <Button size="small" onClick={() => onTake(theirs)}>
                Take theirs
              </Button>
            )}
          </>
        }
      />
      {theirs && <DiffView label="The saved relationship and yours" language="json" before={textOf(theirs)} after={textOf(mine)} height={260} />}
    </>
  );
}

const textOf = (form: RelationshipForm) => JSON.stringify(relationshipOf(form), null, 2);
