import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import type { PlanImportMutation } from '../operations.generated.ts';

type Line = PlanImportMutation['importQuests'][number];

const words = { CREATED: 'will be created', CHANGED: 'will change', UNCHANGED: 'stays as it is' } as const;

export const changesNothing = (plan: readonly Line[]) => plan.every(({ outcome }) => outcome === 'UNCHANGED');

/** What an import will do, quest by quest, as the catalog itself says. */
export function ImportPlan({ plan }: { plan: readonly Line[] }) {
  if (plan.length === 0) return <Text c="dimmed">The list is empty.</Text>;
  if (changesNothing(plan)) return <Text c="dimmed">Nothing changes: every quest is like this already.</Text>;
  return (
    <Stack gap="xs" component="section" aria-label="What will change">
      {plan.map(({ name, outcome, version, changes }) => (
        <div key={name}>
          <Group gap="xs">
            <Text fw={600}>{name}</Text>
            <Badge variant="default" tt="none">
              {words[outcome]}
            </Badge>
            {outcome === 'CHANGED' && (
              <Text size="sm" c="dimmed">
                to version {version}
              </Text>
            )}
          </Group>
          {changes.length > 0 && (
            <Code block tabIndex={0}>
              {changes.map(({ field, before, after }) => (
                <span key={field}>
                  {before !== null && <span className="difference" data-sign="-">{`- ${field}: ${before}\n`}</span>}
                  {after !== null && <span className="difference" data-sign="+">{`+ ${field}: ${after}\n`}</span>}
                </span>
              ))}
            </Code>
          )}
        </div>
      ))}
    </Stack>
  );
}
