-- Events that cannot be placed, and people whose age nobody knows.
select
    event_faults.unnamed,
    event_faults.undated,
    event_faults.no_kind,
    people_faults.unborn
from (
    select
        count(*) filter (where person_id is null) as unnamed,
        count(*) filter (where "on" is null) as undated,
        count(*) filter (where kind is null) as no_kind
    from events
) as event_faults
cross join (select count(*) filter (where $birth is null) as unborn from people) as people_faults
