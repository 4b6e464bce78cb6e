-- The events, and with them every reception into custody.
select events.person_id, cast(events."on" as date) as "on", cast(events.kind as varchar) as kind
from events
union all
select custody.person_id, cast(custody.starts_on as date) as "on", $reception as kind
from custody
