// What limits one key's next request and which limit binds, and the key's own limits to edit in place.
import {words} from '../i18n/words';
import {segment} from '../lib/api';
import type {KeyFigures} from '../lib/types';
import {Binding} from './binding';
import {LimitsEditor} from './limits_editor';

export function KeyLimits({of, onChange}: {of: KeyFigures; onChange: () => void}) {
  const t = words().users;
  return (
    <div class="grid" data-key-limits={of.id}>
      <Binding of={{key: of.id}} />
      <LimitsEditor title={t.keyLimits} path={`/admin/keys/${segment(of.id)}/limits`} onChange={onChange} />
    </div>
  );
}
