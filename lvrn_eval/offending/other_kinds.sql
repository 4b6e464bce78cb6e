-- These people's events of kinds that were not asked for.
select
    cast(events.kind as text) as kind,
    count(*) as events
from events
inner join windows on events.person_id = windows.person_id
where not $wanted
group by events.kind
order by kind
