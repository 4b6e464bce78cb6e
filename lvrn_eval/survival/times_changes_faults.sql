-- Changes of group that cannot be placed.
select
    count(*) as changes,
    count(*) filter (where changes.person_id is null) as unnamed,
    count(*) filter (where changes."on" is null) as undated,
    count(*) filter (where $missing) as no_group,
    count(*) - count(distinct concat_ws('|', cast(changes.person_id as varchar), cast(cast(changes."on" as date) as varchar)))
        as repeated
from changes
