import { useQuery } from '@apollo/client/react';
import { EventTable } from '../events/eventTable.tsx';
import { PlayerEventsDocument } from '../operations.generated.ts';
import { Pager, usePaging } from '../paging.tsx';
import { Empty, Panel, Pending } from '../panel.tsx';

/** Everything that was recorded of a player, newest first, a page at a time. */
export function Events({ user: { id, timeZone } }: { user: { id: string; timeZone: string } }) {
  const paging = usePaging();
  const { data, previousData, error, refetch } = useQuery(PlayerEventsDocument, {
    variables: { id, after: paging.after },
    fetchPolicy: 'cache-and-network',
  });
  const events = (data ?? previousData)?.user?.events;
  return (
    <Panel title="Events">
      {!events ? (
        <Pending error={error} retry={refetch} />
      ) : events.nodes.length === 0 ? (
        <Empty>Nothing was recorded of this player.</Empty>
      ) : (
        <EventTable events={events.nodes} timeZone={timeZone} />
      )}
      <Pager paging={paging} pageInfo={events?.pageInfo} />
    </Panel>
  );
}
