import { readFileSync, writeFileSync } from 'node:fs';
import { between, jsonSchema, settingsTable, variablesTable } from './documents.ts';

/** `npm run settings`: writes what is derived from the description of the settings. */
const fill = (file: string, name: string, content: string) =>
  writeFileSync(file, between(readFileSync(file, 'utf8'), name, content));

writeFileSync('gateway/configuration/schema.json', jsonSchema());
fill('docs/gateway-settings.md', 'settings', settingsTable());
fill('docs/configuration.md', 'gateway variables', variablesTable());
