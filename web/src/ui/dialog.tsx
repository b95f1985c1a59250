// A modal dialog on the browser's own <dialog>: focus stays inside, Escape closes.
import type {ComponentChildren} from 'preact';
import {useEffect, useId, useRef} from 'preact/hooks';

interface DialogProps {
  title: string;
  onClose: () => void;
  onSubmit?: () => void;
  children: ComponentChildren;
  actions: ComponentChildren;
}

export function Dialog({title, onClose, onSubmit, children, actions}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <form
        class="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        <div class="row">{actions}</div>
      </form>
    </dialog>
  );
}

interface FieldProps {
  label: string;
  hint?: string;
  children: ComponentChildren;
}

export function Field({label, hint, children}: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}
