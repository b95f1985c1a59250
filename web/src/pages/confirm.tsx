// Asks once more before something that cannot be undone.
import {words} from '../i18n/words';
import {Dialog} from '../ui/dialog';

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onClose: () => void;
  onConfirm: () => void;
}

export function Confirm({title, text, action, onClose, onConfirm}: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={onConfirm}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>{words().cancel}</button>
          <button type="submit" class="button danger">{action}</button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
