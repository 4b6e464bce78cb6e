-- Events that cannot be placed.
select
    count(*) as events,
    count(*) filter (where person_id is null) as unnamed,
    count(*) filter (where "on" is null) as undated,
    count(*) filter (where kind is null) as no_kind
from events
