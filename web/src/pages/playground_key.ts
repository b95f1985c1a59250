// Whose key the playground uses: one of the gateway's, by its scope, or one that was typed in. In memory only.
import {signal} from '@preact/signals';

export type ChosenKey = {kind: 'listed'; scope: number} | {kind: 'own'; key: string};

export const chosenKey = signal<ChosenKey>({kind: 'own', key: ''});
