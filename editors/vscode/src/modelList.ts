// Models as lines of a list.
import { env, l10n } from 'vscode';
import type { Model } from './protocol.ts';

export interface Entry {
  label: string;
  description: string;
  detail?: string;
  choice?: Pick<Model, 'backend' | 'model' | 'settings'>;
  /** Why a backend that has no model has none. */
  absent?: { backend: string; why: string };
}

/** The models, best first, then the way back to what the settings say, then who has none and why. */
export function listed(models: readonly Model[]): Entry[] {
  const there = models.filter((model) => model.model !== '');
  const absent = models.filter((model) => model.model === '');
  return [
    ...there.map((model) => ({
      label: `$(${model.current ? 'check' : 'blank'}) ${model.model}`,
      description: [model.backend, size(model.bytes), model.code ? '' : l10n.t('not made for code'), model.current ? l10n.t('answers now') : ''].filter((part) => part !== '').join(', '),
      ...(model.current && model.why !== '' ? { detail: model.why } : {}),
      choice: model,
    })),
    { label: `$(wand) ${l10n.t('Automatic')}`, description: l10n.t('what the settings say, and the best there is'), choice: { backend: 'auto', model: '', settings: null } },
    ...absent.map((model) => ({ label: `$(circle-slash) ${model.backend}`, description: l10n.t('not available'), detail: model.error, absent: { backend: model.backend, why: model.error } })),
  ];
}

function size(bytes: number): string {
  if (bytes <= 0) {
    return '';
  }
  return bytes >= 1e9 ? `${(bytes / 1e9).toLocaleString(env.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
