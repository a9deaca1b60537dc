// Stands in for VS Code where there is none: English, as VS Code formats it.
import { registerHooks } from 'node:module';

type Argument = string | number | boolean;

export const env = { language: 'en' };

export const l10n = {
  t: (message: string, ...args: Argument[]): string => message.replace(/\{(\d+)\}/g, (_, n: string) => String(args[Number(n)])),
};

registerHooks({
  resolve: (specifier, context, next) => (specifier === 'vscode' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context)),
});
