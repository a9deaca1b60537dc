// Models as lines of a list.
import type { Model } from './protocol.ts';

export interface Entry {
  label: string;
  description: string;
  detail?: string;
  /** undefined for a backend that has no model. */
  choice?: Pick<Model, 'backend' | 'model' | 'settings'>;
}

/** The models, best first, then the way back to what the settings say, then who has none and why. */
export function listed(models: readonly Model[]): Entry[] {
  const there = models.filter((model) => model.model !== '');
  const absent = models.filter((model) => model.model === '');
  return [
    ...there.map((model) => ({
      label: `$(${model.current ? 'check' : 'blank'}) ${model.model}`,
      description: [model.backend, size(model.bytes), model.code ? '' : 'not made for code'].filter((part) => part !== '').join(', '),
      ...(model.current && model.why !== '' ? { detail: model.why } : {}),
      choice: model,
    })),
    { label: '$(wand) Automatic', description: 'what the settings say, and the best there is', choice: { backend: 'auto', model: '', settings: null } },
    ...absent.map((model) => ({ label: `$(circle-slash) ${model.backend}`, description: 'not available', detail: model.error })),
  ];
}

function size(bytes: number): string {
  if (bytes <= 0) {
    return '';
  }
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
